using System.Diagnostics;
using System.Text.Json;
using HxFunctions.Core.Configuration.Connections;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Servers;
using HxFunctions.Tests.Wiring.LiteLlm;
using HxFunctions.Wiring.LiteLlm;
using Npgsql;

namespace HxFunctions.SystemTests.Wiring;

/// <summary>What is believed of PostgreSQL's and Python's reading of <c>DATABASE_URL</c>, held against a real server and a real
/// Python.</summary>
[Collection(ServersCollection.Name)]
public sealed class LiteLlmDatabaseUrlServerTests(PostgresFixture postgres)
{
    /// <summary>What LiteLLM does with the URL, in the calls of the same library (append_query_params in
    /// litellm/proxy/proxy_cli.py).</summary>
    private const string Rewriting = """
        import json, sys, urllib.parse as u
        def rewrite(url):
            parts = u.urlparse(url)
            query = u.parse_qs(parts.query)
            query.update({"connection_limit": 10, "pool_timeout": 60})
            return u.urlunparse(parts._replace(query=u.urlencode(query, doseq=True)))
        json.dump([rewrite(url) for url in json.load(sys.stdin)], sys.stdout)
        """;

    [Theory]
    [InlineData("-c search_path=a")]
    [InlineData("-csearch_path=a -c statement_timeout=5s")]
    [InlineData("--search-path=a --statement-timeout=5s")]
    [InlineData("  -c statement_timeout=5s   -c SEARCH_PATH=A  ")]
    [InlineData("-c search_path=a -c search_path=b")]
    [InlineData(@"-c search_path=""$user"",\ public")]
    [InlineData(@"-c search_path=a\\b")]
    [InlineData(@"-c application_name=with\ space\\s -c search_path=a")]
    public async Task Server_takes_the_same_search_path_out_of_the_options(string options)
    {
        (string others, string? path) = ServerOptions.TakeSearchPath(options);
        Assert.Equal(path, await AskAsync(options, "SHOW search_path"));
        Assert.Equal("\"$user\", public", await AskAsync(others, "SHOW search_path"));
        foreach (string name in (string[])["statement_timeout", "application_name"])
        {
            Assert.Equal(await AskAsync(options, $"SHOW {name}"), await AskAsync(others, $"SHOW {name}"));
        }
    }

    [Fact]
    public async Task Search_path_beside_the_options_wins()
    {
        await using NpgsqlConnection connection = new($"{postgres.Server.ConnectionString};Options=-c search_path=a;Search Path=b");
        await connection.OpenAsync();
        Assert.Equal("b", await AskAsync(connection, "SHOW search_path"));
    }

    /// <summary>Each name is a schema that the server would look into.</summary>
    [Theory]
    [InlineData("a")]
    [InlineData(" Abc , \"Abc\"")]
    [InlineData("\"with \"\" quote\",\"with, comma\"")]
    [InlineData("É")]
    [InlineData("a b")]
    [InlineData("a,")]
    [InlineData("\"a")]
    [InlineData(",")]
    public async Task Server_reads_the_same_names(string path)
    {
        IReadOnlyList<string>? names = ServerOptions.SplitIdentifiers(path);
        await using NpgsqlConnection connection = new(postgres.Server.ConnectionString);
        await connection.OpenAsync();
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync();
        foreach (string name in names ?? [])
        {
            await using NpgsqlCommand create = new($"CREATE SCHEMA \"{name.Replace("\"", "\"\"")}\"", connection);
            await create.ExecuteNonQueryAsync();
        }

        await using NpgsqlCommand set = new("SELECT set_config('search_path', $1, true)", connection)
        {
            Parameters = { new() { Value = path } },
        };
        if (names is null)
        {
            Assert.Equal("22023", (await Assert.ThrowsAsync<PostgresException>(() => set.ExecuteNonQueryAsync())).SqlState);
            return;
        }

        await set.ExecuteNonQueryAsync();
        await using NpgsqlCommand ask = new("SELECT current_schemas(false)::text[]", connection);
        Assert.Equal(names, (string[])(await ask.ExecuteScalarAsync())!);
    }

    /// <summary>The model that the properties of <see cref="LiteLlmDatabaseUrlPropertyTests"/> go through says of LiteLLM's part what
    /// Python says.</summary>
    [Fact]
    public async Task Python_rewrites_the_url_as_the_model_does()
    {
        string[] odd = ["a b", "ü€", "%41+&=?#/", "@:[]", ";,'\"", "-c jit=off -c DateStyle=ISO,\\ MDY"];
        string[] urls =
        [
            .. odd.SelectMany(text =>
                {
                    string encoded = Uri.EscapeDataString(text);
                    return (string[])
                        [
                            $"postgresql://{encoded}:{encoded}@h/d?application_name={encoded}&options={encoded}&sslmode=verify-full",
                            $"postgresql://u:{encoded}@[::1]:6/a;b=c%40d:e+f?connection_limit=3&pool_timeout=4&sslrootcert=%2F{encoded}",
                            $"postgresql://u:{encoded}@/d?host=%2Frun%2Fa%20b&options={encoded}&application_name=",
                        ];
                })
                .Select(Convert),
        ];
        Assert.Equal(18, urls.Length);
        Assert.Equal(await PythonAsync(urls), urls.Select(PrismaUrl.Rewrite));
    }

    private static string Convert(string value)
    {
        Assert.True(PostgresUrl.TryParse(value, out PostgresUrl? url, out string? problem), problem);
        Assert.True(LiteLlmDatabaseUrl.TryConvert(value, url, _ => null, out LiteLlmDatabaseUrl? converted, out problem), problem);
        return converted.Url;
    }

    private static async Task<string[]> PythonAsync(string[] urls)
    {
        ProcessStartInfo start = new(DebianPython.Program, ["-c", Rewriting])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using Process python = Process.Start(start)!;
        await python.StandardInput.WriteAsync(JsonSerializer.Serialize(urls));
        python.StandardInput.Close();
        string[] rewritten = (await JsonSerializer.DeserializeAsync<string[]>(python.StandardOutput.BaseStream))!;
        await python.WaitForExitAsync();
        Assert.Equal(0, python.ExitCode);
        return rewritten;
    }

    private async Task<string> AskAsync(string options, string question)
    {
        await using NpgsqlConnection connection = new(
            new NpgsqlConnectionStringBuilder(postgres.Server.ConnectionString) { Options = options, Pooling = false }.ConnectionString
        );
        await connection.OpenAsync();
        return await AskAsync(connection, question);
    }

    private static async Task<string> AskAsync(NpgsqlConnection connection, string question)
    {
        await using NpgsqlCommand command = new(question, connection);
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
