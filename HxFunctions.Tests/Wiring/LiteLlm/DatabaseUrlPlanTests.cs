namespace HxFunctions.Tests.Wiring.LiteLlm;

/// <summary>What <c>hx wire</c> makes of PG_URL, with real files.</summary>
public sealed class DatabaseUrlPlanTests
{
    private const string Pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

    [Fact]
    public async Task Plan_warns_of_what_does_not_reach_LiteLlm()
    {
        using WireFolder folder = With("&connection_limit=3&keepalives_idle=9", Pem);
        WireEnding plan = await folder.RunAsync("plan", "--json");
        string[] warnings = [.. plan.Json.GetProperty("warnings").EnumerateArray().Select(w => w.GetString()!)];
        Assert.Contains(warnings, w => w.Contains("general_settings.database_connection_pool_limit", StringComparison.Ordinal));
        Assert.Contains(warnings, w => w.Contains("PG_URL has keepalives_idle", StringComparison.Ordinal));
        Assert.Contains(warnings, w => w.Contains("in addition to its system's authorities", StringComparison.Ordinal));
        Assert.DoesNotContain(WireFolder.Password, plan.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Single_root_certificate_is_written_for_Prisma()
    {
        using WireFolder folder = With("", Pem);
        Assert.Equal(0, (await folder.RunAsync("apply")).Code);
        Assert.Contains(
            $"?sslmode=require&sslaccept=strict&sslcert={Uri.EscapeDataString(folder.In("ca.pem"))}",
            await File.ReadAllTextAsync(folder.LiteLlm),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Bundle_of_roots_is_refused_and_nothing_is_written()
    {
        using WireFolder folder = With("", Pem + Pem + Pem);
        WireEnding ending = await folder.RunAsync("apply");
        Assert.Equal(2, ending.Code);
        Assert.Contains("PG_URL has a file with 3 root certificates", ending.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(WireFolder.Password, ending.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.LiteLlm));
    }

    private static WireFolder With(string parameters, string roots)
    {
        WireFolder folder = new();
        File.WriteAllText(folder.In("ca.pem"), roots);
        string url = $"{WireFolder.PgUrl}?sslmode=verify-full&sslrootcert={folder.In("ca.pem")}{parameters}";
        File.WriteAllText(folder.Wrapper, $"PG_URL={url}\nREDIS_URL={WireFolder.RedisUrl}\n");
        return folder;
    }
}
