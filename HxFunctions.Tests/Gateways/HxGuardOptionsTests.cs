using HxFunctions.AspNetCore;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace HxFunctions.Tests.Gateways;

/// <summary>The options as an app gets them: from a configuration section or from code, validated when it starts.</summary>
public sealed class HxGuardOptionsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hx-options-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Section_is_bound()
    {
        string file = Write("POST /v1/embeddings\n\n# models\n  GET\t/v1/models # all of them\n");
        await using WebApplication app = Build(
            ("Url", "https://guard.example/base/"),
            ("Key", "made-up-function-key"),
            ("Timeout", "00:00:00.5"),
            ("KeptAnswers", "500"),
            ("Allowlist:0", "POST /v1/chat/completions"),
            ("AllowlistFile", file)
        );
        await app.StartAsync();

        HxGuardOptions options = app.Services.GetRequiredService<IOptions<HxGuardOptions>>().Value;
        Assert.Equal(
            ("https://guard.example/base/", "made-up-function-key", TimeSpan.FromSeconds(0.5), 500),
            (options.Url, options.Key, options.Timeout, options.KeptAnswers)
        );
        List<string> problems = [];
        GuardAllowlist allowlist = GuardAllowlist.Read(options, _folder.FullName, problems);
        Assert.Empty(problems);
        Assert.True(allowlist.Contains(new("POST", "/v1/chat/completions")));
        Assert.True(allowlist.Contains(new("POST", "/v1/embeddings")));
        Assert.True(allowlist.Contains(new("GET", "/v1/models")));
        Assert.False(allowlist.Contains(new("GET", "/v1/embeddings")));
    }

    [Fact]
    public void Url_alone_is_enough()
    {
        HxGuardOptions options = new() { Url = "http://127.0.0.1:8001" };

        Assert.True(Validate(options).Succeeded);
        Assert.Equal((TimeSpan.FromSeconds(2), 10_000, 0), (options.Timeout, options.KeptAnswers, options.Allowlist.Count));
    }

    [Theory]
    [InlineData("Url", "")]
    [InlineData("Url", "127.0.0.1:8001")]
    [InlineData("Url", "ftp://guard.example")]
    [InlineData("Url", "http://user:password@guard.example")]
    [InlineData("Url", "http://guard.example?code=x")]
    [InlineData("Url", "http://guard.example/#x")]
    [InlineData("Key", "with a space")]
    [InlineData("Key", "line\nbreak")]
    [InlineData("Key", "schlüssel")]
    [InlineData("Timeout", "00:00:00")]
    [InlineData("Timeout", "-00:00:01")]
    [InlineData("Timeout", "00:01:01")]
    [InlineData("KeptAnswers", "-1")]
    [InlineData("KeptAnswers", "99")]
    [InlineData("KeptAnswers", "1000001")]
    [InlineData("Allowlist:0", "/v1/models")]
    [InlineData("Allowlist:0", "GET /v1/models extra")]
    [InlineData("Allowlist:0", "get /v1/models")]
    [InlineData("Allowlist:0", "GET v1/models")]
    [InlineData("Allowlist:0", "GET /v1/models?x")]
    [InlineData("Allowlist:0", "GET /v1/mödels")]
    [InlineData("Allowlist:0", "GET /.hx/canary")]
    [InlineData("Allowlist:0", "GET /.HX/Canary")]
    [InlineData("AllowlistFile", "not-there.txt")]
    public async Task Wrong_value_ends_the_start_and_is_named_without_its_value(string setting, string value)
    {
        await using WebApplication app = Build(("Url", "http://guard.example"), (setting, value));

        OptionsValidationException refused = await Assert.ThrowsAsync<OptionsValidationException>(() => app.StartAsync());

        string problem = Assert.Single(refused.Failures);
        Assert.StartsWith($"HxGuard: {setting.Split(':')[0]}", problem, StringComparison.Ordinal);
        Assert.True(value.Length < 4 || !problem.Contains(value, StringComparison.Ordinal), problem);
    }

    [Fact]
    public async Task All_problems_are_told_at_once()
    {
        string file = Write("POST /v1/embeddings\nnonsense\nGET /a?b\n");
        await using WebApplication app = Build(
            ("Key", "a b"),
            ("Timeout", "1.00:00:00"),
            ("KeptAnswers", "7"),
            ("Allowlist:0", "x"),
            ("AllowlistFile", file)
        );

        OptionsValidationException refused = await Assert.ThrowsAsync<OptionsValidationException>(() => app.StartAsync());

        string[] expected = ["Url is", "Key must", "Timeout must", "KeptAnswers must", "Allowlist: entry 1", "line 2", "line 3"];
        Assert.Equal(expected.Length, refused.Failures.Count());
        Assert.All(expected.Zip(refused.Failures), pair => Assert.Contains(pair.First, pair.Second, StringComparison.Ordinal));
    }

    [Fact]
    public void Middleware_without_services_says_what_is_missing()
    {
        using ServiceProvider services = new ServiceCollection().BuildServiceProvider();
        ApplicationBuilder app = new(services);

        InvalidOperationException refused = Assert.Throws<InvalidOperationException>(() => app.UseHxGuard());
        Assert.Contains("AddHxGuard", refused.Message, StringComparison.Ordinal);
    }

    private WebApplication Build(params (string Name, string Value)[] settings)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new() { ContentRootPath = _folder.FullName });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0));
        foreach ((string name, string value) in settings)
        {
            builder.Configuration["HxGuard:" + name] = value;
        }

        builder.Services.AddHxGuard(builder.Configuration.GetSection("HxGuard"));
        WebApplication app = builder.Build();
        app.UseHxGuard();
        return app;
    }

    private ValidateOptionsResult Validate(HxGuardOptions options) =>
        new HxGuardOptionsValidator(
            new Microsoft.Extensions.Hosting.Internal.HostingEnvironment { ContentRootPath = _folder.FullName }
        ).Validate(null, options);

    private string Write(string text)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "allowlist.txt"), text);
        return "allowlist.txt";
    }
}
