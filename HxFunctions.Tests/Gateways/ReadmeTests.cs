using System.Text;
using System.Text.RegularExpressions;
using HxFunctions.AspNetCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting.Internal;

namespace HxFunctions.Tests.Gateways;

/// <summary>The package's page, and the sample's settings.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "HxFunctions.AspNetCore", "README.md"));

    [Fact]
    public void Page_lists_every_setting() =>
        Assert.Equal(
            typeof(HxGuardOptions).GetProperties().Select(property => property.Name).Order(),
            SettingRow().Matches(Page).Select(row => row.Groups[1].Value).Order()
        );

    [Fact]
    public void Settings_of_page_and_sample_are_right()
    {
        string sample = File.ReadAllText(Path.Combine(Repository.Root, "samples", "YarpGateway", "appsettings.json"));
        foreach (string json in new[] { Json().Match(Page).Groups[1].Value, sample })
        {
            HxGuardOptions options = new();
            using MemoryStream stream = new(Encoding.UTF8.GetBytes(json));
            new ConfigurationBuilder().AddJsonStream(stream).Build().GetSection("HxGuard").Bind(options);
            HostingEnvironment environment = new() { ContentRootPath = Repository.Root };

            Assert.Equal("http://127.0.0.1:8001", options.Url);
            Assert.Empty(new HxGuardOptionsValidator(environment).Validate(null, options).Failures ?? []);
            // The key is in no file.
            Assert.Null(options.Key);
        }
    }

    [GeneratedRegex(@"^\| `(\w+)` \|.*\|.*\|$", RegexOptions.Multiline)]
    private static partial Regex SettingRow();

    [GeneratedRegex(@"^```json\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Json();
}
