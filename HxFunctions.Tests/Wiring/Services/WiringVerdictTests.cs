using HxFunctions.Wiring.Services;

namespace HxFunctions.Tests.Wiring.Services;

/// <summary>What a unit makes of the wiring, without a systemd: the settings as <c>systemctl show</c> prints them.</summary>
public class WiringVerdictTests
{
    private const string Ours = "EnvironmentFiles=/etc/l/litellm.env (ignore_errors=no)\n";
    private const string DropIns =
        "DropInPaths=/etc/systemd/system/l.service.d/50-hx-wire.conf /etc/systemd/system/l.service.d/override.conf\n";

    private const string LaterDropIn = "DropInPaths=/etc/systemd/system/l.service.d/60-later.conf\n";
    private const string LaterDropIns =
        "DropInPaths=/etc/systemd/system/l.service.d/50-hx-wire.conf /etc/systemd/system/l.service.d/60-later.conf\n";

    private static readonly Dictionary<string, string> Texts = new()
    {
        ["/proc/version"] = "DATABASE_URL=postgresql://elsewhere.invalid/x\n",
        ["/proc/cmdline"] = "REDIS_SSL=true\n",
        ["/proc/uptime"] = "DATABASE_URL='postgresql://u:c4nary@db.invalid/d'\n",
        ["/etc/systemd/system/l.service.d/50-hx-wire.conf"] = "[Service]\nEnvironmentFile=/etc/l/litellm.env\n",
        ["/etc/systemd/system/l.service.d/60-later.conf"] = "[Service]\nEnvironmentFile=/proc/version\n",
        ["/etc/systemd/system/l.service.d/override.conf"] = "[Service]\nEnvironmentFile=\n",
    };

    public static TheoryData<string, string?> Problems =>
        new()
        {
            { Ours, null },
            { Ours + "Environment=DATABASE_URL=postgresql://weaker.invalid/x REDIS_HOST=weaker\n", null },
            { "EnvironmentFiles=/proc/version (ignore_errors=no)\n" + Ours, null },
            { Ours + "EnvironmentFiles=/proc/uptime (ignore_errors=no)\n", null },
            {
                Ours + "EnvironmentFiles=/proc/version (ignore_errors=no)\n",
                "does not get DATABASE_URL from /etc/l/litellm.env: /proc/version is applied after it"
            },
            {
                DropIns,
                "does not read /etc/l/litellm.env for l.service: the empty EnvironmentFile= in /etc/systemd/system/l.service.d/over"
            },
            {
                Ours + "UnsetEnvironment=REDIS_HOST\n",
                "does not get REDIS_HOST from /etc/l/litellm.env: UnsetEnvironment= is applied after it"
            },
            { Ours + "UnsetEnvironment=REDIS_HOST=another\n", null },
            { Ours + Command("litellm --config /etc/l/config.yaml --port 4000"), null },
            { Ours + Command("litellm --config /etc/link.yaml"), null },
            { Ours + Command("litellm --config /etc/other.yaml"), "ExecStart= starts LiteLLM with the configuration /etc/other.yaml" },
            { Ours + Command("litellm -c /etc/l/config.yaml.old"), "the configuration /etc/l/config.yaml.old" },
            { Ours + Command("litellm --config relative.yaml"), null },
            {
                Ours + Command("/usr/bin/docker run --rm -v /etc/l:/app litellm --config /app/config.yaml"),
                "ExecStart= runs LiteLLM with docker: its configuration /app/config.yaml is a path in the container"
            },
            { Ours + Command("podman run litellm --config=/app/config.yaml"), "runs LiteLLM with podman" },
            { Ours + Command("/bin/sh -c exec podman run litellm --config=/app/config.yaml"), "runs LiteLLM with podman" },
            {
                Ours + Command("/bin/sh -c docker pull x; docker run x --config /app/config.yaml"),
                "ExecStart= runs several commands, one of them docker: whether LiteLLM runs in a container"
            },
            { Ours + Command("/bin/sh -c cd / && litellm --config /etc/l/config.yaml; sleep 5"), null },
            { Ours + Command("podman run -v /etc/l:/etc/l litellm --config /etc/l/config.yaml"), null },
            { Ours + "Environment=LITELLM_CONFIG=/etc/l/config.yaml\n" + Command("litellm --config ${LITELLM_CONFIG}"), null },
            {
                Ours + "Environment=LITELLM_CONFIG=/etc/o.yaml\n" + Command("litellm --config $LITELLM_CONFIG"),
                "LITELLM_CONFIG, which Environment= sets"
            },
            { Ours + Command("litellm --config $LITELLM_CONFIG"), "LITELLM_CONFIG, which nothing sets" },
            {
                Ours + "Environment=CONFIG_FILE_PATH=/etc/o.yaml\n",
                "CONFIG_FILE_PATH, from Environment=, makes LiteLLM read another configuration"
            },
            { Ours + "Environment=CONFIG_FILE_PATH=/etc/l/config.yaml\n", null },
            {
                Ours + "Environment=LITELLM_CONFIG_BUCKET_NAME=configs\n",
                "LITELLM_CONFIG_BUCKET_NAME, from Environment=, makes LiteLLM read its configuration from a bucket"
            },
            { Ours + "Environment=LITELLM_CONFIG_BUCKET_NAME=\n", "from a bucket" },
            { Ours + "Environment=LITELLM_CONFIG_BUCKET_NAME=x\nUnsetEnvironment=LITELLM_CONFIG_BUCKET_NAME\n", null },
        };

    [Theory]
    [MemberData(nameof(Problems))]
    public void Problem_is_what_keeps_the_wiring_from_its_effect(string shown, string? problem)
    {
        WiringVerdict verdict = Judge(shown);

        if (problem is null)
        {
            Assert.Null(verdict.Problem);
            return;
        }

        Assert.Contains(problem, verdict.Problem, StringComparison.Ordinal);
        Assert.NotNull(verdict.Advice);
        Assert.DoesNotContain("invalid", verdict.Problem + verdict.Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "Environment=REDIS_URL=redis://:c4nary@x.invalid",
        "the unit sets REDIS_URL (Environment=): LiteLLM's Redis clients use it"
    )]
    [InlineData("Environment=DIRECT_URL=postgresql://x.invalid", "DIRECT_URL (Environment=)")]
    [InlineData("Environment=DATABASE_URL_READ_REPLICA=postgresql://x.invalid", "DATABASE_URL_READ_REPLICA")]
    [InlineData("Environment=IAM_TOKEN_DB_AUTH=True", "LiteLLM builds its own DATABASE_URL")]
    [InlineData("PassEnvironment=IAM_TOKEN_DB_AUTH", "IAM_TOKEN_DB_AUTH (PassEnvironment=)")]
    [InlineData("Environment=STORE_MODEL_IN_DB=true", "settings in LiteLLM's database take precedence")]
    [InlineData(
        "ExecStart={ path=/x ; argv[]=litellm --iam_token_db_auth --config /etc/l/config.yaml ; ignore_errors=no ; start_time=[n/a] }",
        "ExecStart= has --iam_token_db_auth: LiteLLM builds its own DATABASE_URL"
    )]
    [InlineData(
        "ExecStart={ path=/x ; argv[]=/bin/nerdctl run litellm --config /etc/l/config.yaml ; ignore_errors=no ; start_time=[n/a] }",
        "ExecStart= runs LiteLLM with nerdctl: EnvironmentFile= does not reach a container"
    )]
    [InlineData(
        "ExecStart={ path=/x ; argv[]=/bin/sh -c exec docker run litellm ; ignore_errors=no ; start_time=[n/a] }",
        "ExecStart= runs LiteLLM with docker: EnvironmentFile= does not reach a container"
    )]
    [InlineData(
        "ExecStart={ path=/x ; argv[]=/bin/sh -c docker pull x; docker run x ; ignore_errors=no ; start_time=[n/a] }",
        "ExecStart= runs several commands, one of them docker: if LiteLLM runs in that container"
    )]
    [InlineData(
        "ExecStart={ path=/x ; argv[]=/usr/bin/sudo -u x litellm --config /etc/l/config.yaml ; ignore_errors=no ; start_time=[n/a] }",
        "ExecStart= runs LiteLLM with sudo, which removes the variables of EnvironmentFile="
    )]
    [InlineData("PassEnvironment=REDIS_CLUSTER_NODES", "REDIS_CLUSTER_NODES (PassEnvironment=)")]
    [InlineData("EnvironmentFiles=/proc/cmdline (ignore_errors=yes)", "REDIS_SSL (/proc/cmdline)")]
    public void Variable_that_LiteLlm_acts_on_is_told_without_its_value(string shown, string warning)
    {
        WiringVerdict verdict = Judge($"{Ours}{shown}\n");

        Assert.Null(verdict.Problem);
        string told = Assert.Single(verdict.Warnings);
        Assert.Contains(warning, told, StringComparison.Ordinal);
        Assert.DoesNotContain("invalid", told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Environment=REDIS_HOST=weaker")]
    [InlineData("Environment=DATABASE_URL=postgresql://weaker.invalid/x")]
    [InlineData("Environment=REDIS_URL=x\nUnsetEnvironment=REDIS_URL")]
    [InlineData("Environment=HX_REDIS_URL=x TZ=UTC")]
    [InlineData("Environment=IAM_TOKEN_DB_AUTH=0 STORE_MODEL_IN_DB=False")]
    public void Variable_that_loses_or_means_nothing_is_not_told(string shown) => Assert.Empty(Judge($"{Ours}{shown}\n").Warnings);

    [Theory]
    [InlineData("", null)]
    [InlineData("EnvironmentFiles=/proc/version (ignore_errors=no)\n", null)]
    [InlineData("EnvironmentFiles=/proc/uptime (ignore_errors=no)\n" + DropIns, "does not read")]
    // The unit lists our file itself, and another after it; systemd would read ours once more.
    [InlineData(Ours + "EnvironmentFiles=/proc/version (ignore_errors=no)\n", null)]
    // Our drop-in is read, and another that is read later has the other file.
    [InlineData(Ours + "EnvironmentFiles=/proc/version (ignore_errors=no)\n" + LaterDropIns, "/proc/version is applied after it")]
    [InlineData("EnvironmentFiles=/proc/version (ignore_errors=no)\n" + LaterDropIn, "/proc/version is applied after it")]
    public void Drop_in_that_is_not_written_yet_is_judged_as_if_it_were(string shown, string? problem)
    {
        UnitSettings predicted = DropInFile.WithOurs(UnitSettings.Parse(shown), Wired, Texts.GetValueOrDefault);

        Assert.Equal("/etc/l/config.yaml", predicted.Environment["LITELLM_CONFIG"]);
        string? found = Judge(predicted).Problem;
        Assert.Equal(problem is null, found is null);
        Assert.Contains(problem ?? "", found ?? "", StringComparison.Ordinal);
    }

    private static WiredUnit Wired =>
        new()
        {
            DropIn = "/etc/systemd/system/l.service.d/50-hx-wire.conf",
            Config = "/etc/l/config.yaml",
            Link = "/etc/link.yaml",
            EnvironmentFile = "/etc/l/litellm.env",
            EnvironmentText = "DATABASE_URL=postgresql://u:c4nary@db.invalid/d\nREDIS_HOST=cache.invalid\n",
        };

    private static string Command(string argv) => $"ExecStart={{ path=/x ; argv[]={argv} ; ignore_errors=no ; start_time=[n/a] }}\n";

    private static WiringVerdict Judge(string shown) => Judge(UnitSettings.Parse(shown));

    private static WiringVerdict Judge(UnitSettings settings) =>
        WiringVerdict.Of(
            UnitName.TryParse("l", out UnitName? name, out _) ? name : throw new InvalidOperationException(),
            settings,
            Wired,
            Texts.GetValueOrDefault
        );
}
