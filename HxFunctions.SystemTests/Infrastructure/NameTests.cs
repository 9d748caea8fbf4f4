using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>
/// Whatever azd lets an environment be called (letters, digits, <c>- _ . ( )</c>, 64 characters), and more: its resources' names are valid.
/// The rules: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
/// </summary>
public partial class NameTests
{
    private const string Source = """
        import { namesFor, safeName } from 'names.bicep'
        param environments string[]
        output names object[] = map(environments, e => namesFor(e, uniqueString(e)))
        output safe string[] = map(environments, e => safeName(e))
        """;

    private const int Cases = 300;
    private const string Alphabet = "abcxyzABCXYZ0189-_.()éÄßİK中😀 '$";

    private static readonly string[] Known =
    [
        "dev",
        "prod",
        "Prod",
        "PROD",
        "p",
        "9",
        "-",
        "_",
        "()",
        "...",
        "my_env",
        "my.env",
        "my-env",
        "my(env)",
        "-dev-",
        "dev--two",
        "Größe",
        "中文",
        "😀",
        "twenty-characters-ab",
        "twentyone-characters-a",
        "thirteen-char-and-more-behind",
        new('a', 64),
        new('A', 64),
        new('_', 64),
    ];

    /// <summary>By the name of the record's field: length, and what it is made of. What is not in the list is free text.</summary>
    private static readonly Dictionary<string, (int Longest, Regex Form)> Rules = new()
    {
        ["identity"] = (128, LettersAndHyphens()),
        ["plan"] = (60, LettersAndHyphens()),
        ["functionApp"] = (60, LettersAndHyphens()),
        ["storage"] = (24, LowerAlphanumeric()),
        ["vault"] = (24, LettersAndHyphens()),
        ["workspace"] = (63, LettersAndHyphens()),
        ["insights"] = (260, LettersAndHyphens()),
        ["actionGroup"] = (260, LettersAndHyphens()),
        ["postgres"] = (63, LettersAndHyphens()),
        ["redis"] = (60, LettersAndHyphens()),
        ["gateway"] = (50, LettersAndHyphens()),
        ["network"] = (64, LettersAndHyphens()),
        ["containerEnvironment"] = (60, LettersAndHyphens()),
        ["containerApp"] = (32, LettersAndHyphens()),
        ["postgresRoleIdentity"] = (63, LettersAndHyphens()),
        ["postgresRoleJob"] = (32, LettersAndHyphens()),
    };

    [Fact]
    public async Task Every_resource_of_every_environment_has_a_valid_name_of_its_own()
    {
        string[] environments = Environments();
        JsonObject outputs = await OutputsAsync(environments);
        JsonObject[] names = [.. List(outputs, "names").Select(n => n!.AsObject())];
        Assert.Equal(environments.Length, names.Length);
        Assert.Equal(
            Rules.Keys.Append("workbook").Order(StringComparer.Ordinal),
            names[0].Select(n => n.Key).Order(StringComparer.Ordinal)
        );
        foreach ((string environment, JsonObject one) in environments.Zip(names))
        {
            foreach ((string kind, (int longest, Regex form)) in Rules)
            {
                string name = (string)one[kind]!;
                Assert.True(name.Length <= longest && form.IsMatch(name), $"{environment}: {kind} {name}");
            }

            // A private endpoint is named after its service and the endpoint's kind: at most 64 characters.
            foreach (
                (string kind, string group) in (ReadOnlySpan<(string, string)>)
                    [
                        ("postgres", "postgresqlServer"),
                        ("redis", "redisEnterprise"),
                        ("functionApp", "sites"),
                        ("storage", "table"),
                        ("vault", "vault"),
                    ]
            )
            {
                Assert.True($"pe-{(string)one[kind]!}-{group}".Length <= 64, $"{environment}: {kind}");
            }
        }

        // Names without a token must differ, too: two environments may share a resource group.
        Assert.Equal(environments.Length, names.Select(n => (string)n["identity"]!).Distinct(StringComparer.OrdinalIgnoreCase).Count());
    }

    [Fact]
    public async Task Name_that_fits_stays_as_it_is()
    {
        string[] fitting = ["dev", "prod", "p", "9", "my-env", "twenty-characters-ab"];
        Assert.Equal(fitting, List(await OutputsAsync(fitting), "safe").Select(n => (string)n!));
    }

    /// <summary>The same ones in every run.</summary>
    private static string[] Environments()
    {
        Random random = new(19);
        IEnumerable<string> made = Enumerable
            .Range(0, Cases)
            .Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 65)).Select(_ => Alphabet[random.Next(Alphabet.Length)])))
            // Half of a pair is no text that could be passed on.
            .Select(text => string.Concat(text.Where(c => !char.IsSurrogate(c))))
            .Where(text => text.Length > 0);
        return [.. Known.Concat(made).Distinct(StringComparer.Ordinal)];
    }

    private static async Task<JsonObject> OutputsAsync(string[] environments)
    {
        string folder = Directory.CreateTempSubdirectory("hx-names-").FullName;
        try
        {
            Compiled.CopyTo(folder);
            await File.WriteAllTextAsync(Path.Combine(folder, "all-names.bicep"), Source);
            string list = string.Join(", ", environments.Select(e => $"'{e.Replace("'", "\\'").Replace("$", "\\$")}'"));
            await File.WriteAllTextAsync(
                Path.Combine(folder, "all-names.bicepparam"),
                $"using 'all-names.bicep'\nparam environments = [{list}]\n"
            );
            return (await Compiled.SnapshotAsync(folder, "all-names", new Dictionary<string, string>()))["outputs"]!.AsObject();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static JsonArray List(JsonObject outputs, string name) => outputs[name] as JsonArray ?? outputs[name]!["value"]!.AsArray();

    /// <summary>Small letters, digits and single hyphens, from a letter to a letter or digit: what the strictest of them takes.</summary>
    [GeneratedRegex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
    private static partial Regex LettersAndHyphens();

    [GeneratedRegex("^[a-z0-9]{3,24}$")]
    private static partial Regex LowerAlphanumeric();
}
