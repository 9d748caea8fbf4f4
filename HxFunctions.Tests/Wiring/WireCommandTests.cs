using System.Text.Json;
using HxFunctions.Cli.Commands;
using HxFunctions.Wiring;

namespace HxFunctions.Tests.Wiring;

public sealed class WireCommandTests : IDisposable
{
    private readonly WireFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Plan_shows_what_would_be_done_and_no_secret()
    {
        WireEnding plan = await _folder.RunAsync("plan");
        Assert.Equal(1, plan.Code);
        Assert.Contains("+  database_url: os.environ/DATABASE_URL", plan.Output, StringComparison.Ordinal);
        Assert.Contains(" PG_URL=***", plan.Output, StringComparison.Ordinal);
        Assert.Contains("+DATABASE_URL=***", plan.Output, StringComparison.Ordinal);
        Assert.Contains("mode 0600 instead of 0640", plan.Output, StringComparison.Ordinal);
        int clients = plan.Output.IndexOf("What LiteLLM connects to:", StringComparison.Ordinal);
        Assert.DoesNotContain("canary", plan.Output[..clients], StringComparison.Ordinal);
        Assert.Contains(
            "+ cache             Redis cache.canary.invalid:6380, database 2, password",
            plan.Output[clients..],
            StringComparison.Ordinal
        );
        Assert.DoesNotContain(WireFolder.Password, plan.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.State));
    }

    [Fact]
    public async Task Json_has_everything_but_secrets()
    {
        WireEnding plan = await _folder.RunAsync("plan", "--json");
        Assert.Equal("pending", plan.Json.GetProperty("result").GetString());
        Assert.Equal(3, plan.Json.GetProperty("files").GetArrayLength());
        Assert.DoesNotContain(WireFolder.Password, plan.Output, StringComparison.Ordinal);
        WireEnding apply = await _folder.RunAsync("apply", "--json");
        Assert.Equal("done", apply.Json.GetProperty("result").GetString());
        Assert.Contains(
            apply.Json.GetProperty("steps").EnumerateArray(),
            s => s.GetProperty("name").GetString() == "write the files" && s.GetProperty("result").GetString() == "pass"
        );
    }

    [Theory]
    [InlineData("--service", "a b", "--service")]
    [InlineData("--service", "-x", "--service")]
    [InlineData("--gateway", "localhost:4000", "--gateway")]
    [InlineData("--gateway", "http://u:p@h", "--gateway")]
    [InlineData("--keep", "0", "--keep")]
    [InlineData("--settle", "9999", "--settle")]
    [InlineData("--set", "nothing", "--set")]
    [InlineData("--set", "a..b=1", "--set")]
    [InlineData("--timeout", "x", "--timeout")]
    public async Task Misuse_is_told_in_a_line_and_ends_with_2(string option, string value, string told)
    {
        WireEnding ending = await _folder.RunAsync("apply", option, value);
        Assert.Equal(2, ending.Code);
        Assert.Contains(told, ending.Error, StringComparison.Ordinal);
        Assert.Equal("litellm_settings:\n  drop_params: true\n", await File.ReadAllTextAsync(_folder.Config));
    }

    [Fact]
    public async Task Configuration_that_is_not_there_is_told_first()
    {
        File.Delete(_folder.Config);
        File.Delete(_folder.Wrapper);
        WireEnding ending = await _folder.RunAsync("apply");
        Assert.Equal(2, ending.Code);
        Assert.Contains(
            "config.yaml does not exist: set --config to the path of LiteLLM's configuration",
            ending.Error,
            StringComparison.Ordinal
        );
    }

    public static TheoryData<string, string> Refused =>
        new()
        {
            { "a: 1\na: 2\n", "line 2, column 1" },
            { "a: 1\n---\nb: 2\n", "line 2" },
            { "- a\n", "line 1" },
            { "litellm_settings:\n\tcache: true\n", "line 2" },
            { "litellm_settings: &x\n  cache: true\nother: *x\n", "line" },
            {
                "litellm_settings:\n  cache_params:\n    password: x\n    url: redis://h\n",
                "line 4: litellm_settings.cache_params.url must be removed"
            },
            { "litellm_settings:\n  cache_params: {ssl: false}\n", "line 2: litellm_settings.cache_params.ssl must be removed" },
            { "environment_variables:\n  REDIS_URL: x\n", "line 2: environment_variables.REDIS_URL must be removed" },
            { "litellm_settings: [a]\n", "line 1" },
            // What PyYAML's safe loader raises an error at.
            { "model_list:\n- litellm_params: !Ref {model: x}\n", "has a value in line 2 that LiteLLM can't read, so it would not start" },
            { "litellm_settings:\n  callbacks: !List [a]\n", "has a value in line 2 that LiteLLM can't read" },
            { "litellm_settings: !!omap {a: 1}\n", "has a value in line 1 that LiteLLM can't read" },
            { "litellm_settings:\n  x: !!pairs [a]\n", "has a value in line 2 that LiteLLM can't read" },
            { "litellm_settings:\n  !Key x: 1\n", "has a key in line 2 that LiteLLM can't read" },
            { "litellm_settings:\n  2026-02-30: 1\n", "has a key in line 2 that LiteLLM can't read" },
            { "litellm_settings:\n  x: -0x_\n", "this number has no digits" },
            { "litellm_settings:\n  x: 2026-02-03 00:00:00 +24:00\n", "this date does not exist" },
            { "litellm_settings:\n  x: !!binary aGVsbG8\n", "this is not Base64" },
            { "litellm_settings:\n  x: !!binary aGVsbG8=é\n", "this is not Base64" },
        };

    /// <summary>Rare, and PyYAML's safe loader takes it.</summary>
    [Theory]
    [InlineData("x: !!map {a: !!seq [1]}")]
    [InlineData("x: !!set {a, b}")]
    [InlineData("x: !!omap [a: 1, b: 2]")]
    [InlineData("x: [!!binary aGVsbG8=, !!binary 'aG Vs', !!binary '', !!binary YQ==-]")]
    [InlineData("!!binary aGVsbG8=: |\n    a")]
    [InlineData("=: 1")]
    [InlineData("x: ! {a: ! [1]}")]
    [InlineData("x: [0x_1, 0b1_, 0_, 2026-02-03 00:00:00 +23:59]")]
    [InlineData("x: &a-_1 {a: b::c}")]
    [InlineData("x: [-1, a#b, a:b]")]
    public async Task Value_that_litellm_can_read_is_taken(string entry)
    {
        await File.WriteAllTextAsync(_folder.Config, $"litellm_settings:\n  {entry}\n");

        WireEnding ending = await _folder.RunAsync("plan");

        Assert.True(ending.Code == 1, ending.Output + ending.Error);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Configuration_that_cannot_be_edited_safely_is_refused_with_its_place(string config, string told)
    {
        await File.WriteAllTextAsync(_folder.Config, config);
        IReadOnlyDictionary<string, string> before = _folder.Content();
        WireEnding ending = await _folder.RunAsync("apply", "--json");
        Assert.Equal(2, ending.Code);
        Assert.Contains(told, ending.Error, StringComparison.Ordinal);
        Assert.Equal("refused", ending.Json.GetProperty("result").GetString());
        Assert.Equal(before, _folder.Content());
    }

    [Theory]
    [InlineData("general_settings:\n  store_model_in_db: true\n", "store_model_in_db is on")]
    [InlineData("general_settings:\n  store_model_in_db: os.environ/IN_DB\n", "store_model_in_db is on", "IN_DB=True\n")]
    [InlineData("general_settings:\n  allow_requests_on_db_unavailable: yes\n", "allow_requests_on_db_unavailable is on")]
    [InlineData("router_settings:\n  redis_url: x\n", "router_settings.redis_url is slow")]
    [InlineData("litellm_settings:\n  cache_params:\n    type: qdrant-semantic\n", "semantic cache in Qdrant")]
    public async Task What_litellms_users_run_into_is_warned_of(string config, string warning, string environment = "")
    {
        Assert.DoesNotContain(warning, (await _folder.RunAsync("plan")).Output, StringComparison.Ordinal);
        await File.WriteAllTextAsync(_folder.Config, config);
        await File.WriteAllTextAsync(_folder.LiteLlm, environment);
        WireEnding plan = await _folder.RunAsync("plan", "--json");
        Assert.Contains(
            plan.Json.GetProperty("warnings").EnumerateArray(),
            w => w.GetString()!.Contains(warning, StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Differing_value_is_replaced_and_comes_back_with_the_backup()
    {
        const string old = "litellm_settings:\n  cache: false # off\n  cache_params: {type: local}\n";
        await File.WriteAllTextAsync(_folder.Config, old);
        Assert.Equal(0, (await _folder.RunAsync("apply")).Code);
        Assert.Contains("cache: true # off", await File.ReadAllTextAsync(_folder.Config), StringComparison.Ordinal);
        Assert.Equal(0, (await _folder.RunAsync("rollback")).Code);
        Assert.Equal(old, await File.ReadAllTextAsync(_folder.Config));
    }

    [Fact]
    public async Task Set_adds_more_and_wins()
    {
        Assert.Equal(
            0,
            (
                await _folder.RunAsync(
                    "apply",
                    "--set",
                    "router_settings.num_retries=2",
                    "--set",
                    "litellm_settings.store_db_logs=false",
                    "--set",
                    "litellm_settings.note=\"true\""
                )
            ).Code
        );
        string config = await File.ReadAllTextAsync(_folder.Config);
        Assert.Contains("num_retries: 2", config, StringComparison.Ordinal);
        Assert.Contains("store_db_logs: false", config, StringComparison.Ordinal);
        Assert.Contains("note: \"true\"", config.Replace('\'', '"'), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Literal_writes_values_into_the_file_with_a_warning_and_no_environment()
    {
        WireEnding ending = await _folder.RunAsync("apply", "--literal");
        Assert.Equal(0, ending.Code);
        Assert.Contains("--literal writes credentials", ending.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(WireFolder.Password, ending.Output, StringComparison.Ordinal);
        string config = await File.ReadAllTextAsync(_folder.Config);
        Assert.Contains($"postgresql://litellm:{WireFolder.Password}@db.canary.invalid:5433/litellm", config, StringComparison.Ordinal);
        Assert.Contains("port: 6380", config, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.LiteLlm));
    }

    [Fact]
    public async Task Redis_url_goes_from_litellms_environment()
    {
        await File.WriteAllTextAsync(_folder.LiteLlm, "A=1\nREDIS_URL=redis://other\nREDIS_HOST='old'\n");
        WireEnding ending = await _folder.RunAsync("apply");
        Assert.Equal(0, ending.Code);
        IReadOnlyDictionary<string, string> values = EnvFile.Parse(await File.ReadAllTextAsync(_folder.LiteLlm)).Values;
        Assert.Equal(("1", "cache.canary.invalid"), (values["A"], values["REDIS_HOST"]));
        Assert.DoesNotContain("REDIS_URL", values.Keys);
    }

    [Theory]
    [InlineData("PG_URL=postgresql://u:p@h/d\n", "has no REDIS_URL")]
    [InlineData("PG_URL=postgresql://u:p@h/d\nREDIS_URL=nonsense://x\n", "REDIS_URL has a scheme")]
    [InlineData("PG_URL=postgresql://u:p@a,b/d\nREDIS_URL=redis://h\n", "has several hosts")]
    public async Task Wrapper_file_without_usable_urls_is_refused(string wrapper, string told)
    {
        await File.WriteAllTextAsync(_folder.Wrapper, wrapper);
        WireEnding ending = await _folder.RunAsync("apply");
        Assert.Equal(2, ending.Code);
        Assert.Contains(told, ending.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task File_that_everyone_may_write_is_refused_with_the_command_that_mends_it()
    {
        File.SetUnixFileMode(_folder.Config, File.GetUnixFileMode(_folder.Config) | UnixFileMode.OtherWrite);
        WireEnding ending = await _folder.RunAsync("plan");
        Assert.Equal(2, ending.Code);
        Assert.Contains("chmod o-w", ending.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Configuration_of_an_older_path_moves_and_leaves_a_link()
    {
        string old = _folder.In("old.yaml");
        File.Move(_folder.Config, old);
        WireEnding ending = await _folder.RunAsync("apply", "--link", old);
        Assert.True(ending.Code == 0, ending.Output + ending.Error);
        Assert.Equal(_folder.Config, new FileInfo(old).LinkTarget);
        Assert.Contains("os.environ/DATABASE_URL", await File.ReadAllTextAsync(old), StringComparison.Ordinal);
        Assert.Equal("nothing-to-do", (await _folder.RunAsync("apply", "--link", old, "--json")).Json.GetProperty("result").GetString());
        Assert.Equal(0, (await _folder.RunAsync("verify", "--link", old)).Code);

        Assert.Equal(0, (await _folder.RunAsync("rollback", "--link", old)).Code);
        Assert.Null(new FileInfo(old).LinkTarget);
        Assert.False(File.Exists(_folder.Config));
    }

    [Fact]
    public async Task Two_configurations_that_differ_are_not_settled_by_hx()
    {
        string old = _folder.In("old.yaml");
        await File.WriteAllTextAsync(old, "other: 1\n");
        WireEnding ending = await _folder.RunAsync("apply", "--link", old);
        Assert.Equal(2, ending.Code);
        Assert.Contains("two different files", ending.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Symlink_stays_a_symlink_to_an_edited_file()
    {
        string real = _folder.In("real.yaml");
        File.Move(_folder.Config, real);
        File.CreateSymbolicLink(_folder.Config, "real.yaml");
        Assert.Equal(0, (await _folder.RunAsync("apply")).Code);
        Assert.Equal("real.yaml", new FileInfo(_folder.Config).LinkTarget);
        Assert.Contains("os.environ/DATABASE_URL", await File.ReadAllTextAsync(real), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_tells_what_has_changed_since()
    {
        Assert.Equal(0, (await _folder.RunAsync("apply")).Code);
        await File.WriteAllTextAsync(
            _folder.Config,
            (await File.ReadAllTextAsync(_folder.Config)).Replace("cache: true", "cache: false", StringComparison.Ordinal)
        );
        WireEnding ending = await _folder.RunAsync("verify");
        Assert.Equal(1, ending.Code);
        Assert.Contains("litellm_settings.cache", ending.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rollback_goes_to_the_backup_that_is_named()
    {
        Assert.Equal(2, (await _folder.RunAsync("rollback")).Code);
        IReadOnlyDictionary<string, string> first = _folder.Content();
        Assert.Equal(0, (await _folder.RunAsync("apply")).Code);
        string stamp = (await _folder.RunAsync("backups", "--json")).Json.GetProperty("backups")[0].GetProperty("stamp").GetString()!;
        Assert.Equal(0, (await _folder.RunAsync("apply", "--set", "a.b=1")).Code);
        Assert.Equal(2, (await _folder.RunAsync("rollback", "--to", "20200101T000000Z")).Code);
        Assert.Equal(0, (await _folder.RunAsync("rollback", "--to", stamp)).Code);
        Assert.Equal(first, _folder.Content());
    }

    [Fact]
    public async Task Rollback_tells_which_files_were_edited_since_and_how_to_have_them_back()
    {
        Assert.Equal(0, (await _folder.RunAsync("apply")).Code);
        WireEnding unedited = await _folder.RunAsync("rollback");
        Assert.DoesNotContain("Edited since", unedited.Output, StringComparison.Ordinal);

        Assert.Equal(0, (await _folder.RunAsync("apply")).Code);
        await File.AppendAllTextAsync(_folder.Config, "model_list: []\n");
        string edited = await File.ReadAllTextAsync(_folder.Config);
        WireEnding rollback = await _folder.RunAsync("rollback");
        Assert.Contains("Edited since hx wire wrote them", rollback.Output, StringComparison.Ordinal);
        Assert.Contains(_folder.Config, rollback.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(_folder.LiteLlm, rollback.Output, StringComparison.Ordinal);

        string back = rollback.Output.Trim().Split(' ')[^1];
        Assert.Contains($"To go back to those before: hx wire rollback --to {back}", rollback.Output, StringComparison.Ordinal);
        WireEnding again = await _folder.RunAsync("rollback", "--to", back);
        Assert.Equal(0, again.Code);
        Assert.DoesNotContain("Edited since", again.Output, StringComparison.Ordinal);
        Assert.Equal(edited, await File.ReadAllTextAsync(_folder.Config));
    }

    [Fact]
    public async Task One_file_under_two_names_is_refused()
    {
        File.CreateSymbolicLink(_folder.LiteLlm, "gateway-wrapper.env");
        IReadOnlyDictionary<string, string> before = _folder.Content();
        WireEnding ending = await _folder.RunAsync("apply");
        Assert.Equal(2, ending.Code);
        Assert.Contains("is the same file as", ending.Error, StringComparison.Ordinal);
        Assert.Equal(before, _folder.Content());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Link_that_is_the_configuration_by_another_way_is_refused(bool wiredBefore)
    {
        if (wiredBefore)
        {
            Assert.Equal(0, (await _folder.RunAsync("apply")).Code);
        }

        string way = _folder.Folder.FullName + "-way";
        Directory.CreateSymbolicLink(way, _folder.Folder.FullName);
        try
        {
            IReadOnlyDictionary<string, string> before = _folder.Content();
            WireEnding ending = await _folder.RunAsync("apply", "--link", Path.Combine(way, "config.yaml"));
            Assert.Equal(2, ending.Code);
            Assert.Contains("under another name", ending.Error, StringComparison.Ordinal);
            Assert.Equal(before, _folder.Content());
        }
        finally
        {
            Directory.Delete(way);
        }
    }

    [Fact]
    public async Task Link_to_another_configuration_is_not_settled_by_hx()
    {
        await File.WriteAllTextAsync(_folder.In("other.yaml"), "other: 1\n");
        File.CreateSymbolicLink(_folder.In("link.yaml"), "other.yaml");
        Assert.Equal(2, (await _folder.RunAsync("apply", "--link", _folder.In("link.yaml"))).Code);
    }

    [Fact]
    public async Task Moved_configuration_keeps_its_mode()
    {
        string old = _folder.In("old.yaml");
        File.Move(_folder.Config, old);
        const UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        File.SetUnixFileMode(old, mode);
        Assert.Equal(0, (await _folder.RunAsync("apply", "--link", old)).Code);
        Assert.Equal(mode, File.GetUnixFileMode(_folder.Config));
    }

    [Fact]
    public async Task File_among_the_backups_is_refused() =>
        Assert.Equal(2, (await _folder.RunAsync("apply", "--litellm-env-file", Path.Combine(_folder.State, "lock"))).Code);

    [Fact]
    public async Task Variables_that_litellm_would_take_for_its_cache_go()
    {
        await File.WriteAllTextAsync(
            _folder.LiteLlm,
            "REDIS_SSL=true\nREDIS_CLUSTER_NODES='[]'\nREDIS_USERNAME=old\nOTHER=1\nLITELLM_CONFIG=/old.yaml\n"
        );
        Assert.Equal(0, (await _folder.RunAsync("apply")).Code);
        IReadOnlyDictionary<string, string> values = EnvFile.Parse(await File.ReadAllTextAsync(_folder.LiteLlm)).Values;
        Assert.Equal(
            ["DATABASE_URL", "HX_REDIS_URL", "LITELLM_CONFIG", "OTHER", "REDIS_DB", "REDIS_HOST", "REDIS_PASSWORD", "REDIS_PORT"],
            values.Keys.Order(StringComparer.Ordinal)
        );
        Assert.Equal(_folder.Config, values["LITELLM_CONFIG"]);
    }

    /// <summary>A cluster's synchronous client takes the variable's nodes, whatever the configuration says.</summary>
    [Theory]
    [InlineData("""'[{"host":"old.canary.invalid","port":7000}]'""", false)]
    [InlineData("", false)]
    [InlineData("""'[{"host":"n2.canary.invalid","port":7002},{"host":"n1.canary.invalid","port":"7001"}]'""", true)]
    public async Task Nodes_of_another_cluster_go(string nodes, bool stays)
    {
        await File.WriteAllTextAsync(
            _folder.Wrapper,
            $"PG_URL={WireFolder.PgUrl}\nREDIS_URL=redis://n1.canary.invalid:7001,n2.canary.invalid:7002\n"
        );
        await File.WriteAllTextAsync(_folder.LiteLlm, $"REDIS_CLUSTER_NODES={nodes}\n");

        WireEnding ending = await _folder.RunAsync("apply");

        Assert.True(ending.Code == 0, ending.Output + ending.Error);
        Assert.Equal(stays, EnvFile.Parse(await File.ReadAllTextAsync(_folder.LiteLlm)).Values.ContainsKey("REDIS_CLUSTER_NODES"));
        Assert.Equal(!stays, ending.Output.Contains("REDIS_CLUSTER_NODES is removed from LiteLLM's environment", StringComparison.Ordinal));
    }

    /// <summary>Each is told with its path and what to do, and is no bug of hx.</summary>
    [Theory]
    [InlineData("etc/", "is not the path of a file")]
    [InlineData("loop", "symlinks form a loop")]
    [InlineData("gateway-wrapper.env/config.yaml", "gateway-wrapper.env is not a directory")]
    public async Task Configuration_that_cannot_be_reached_is_refused(string name, string told)
    {
        File.CreateSymbolicLink(_folder.In("loop"), "loop");
        foreach (string command in new[] { "plan", "apply", "verify", "rollback", "backups" })
        {
            StringWriter output = new(),
                error = new();

            int code = await HxCommand.RunAsync(["wire", command, "--config", _folder.In(name), "--json"], output, error);

            Assert.Equal(2, code);
            Assert.Contains(told, error.ToString(), StringComparison.Ordinal);
            Assert.Contains(
                told,
                JsonDocument.Parse(output.ToString()).RootElement.GetProperty("refusal").GetString(),
                StringComparison.Ordinal
            );
        }
    }

    [Fact]
    public async Task Drop_in_that_differs_is_left_without_a_restart()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.DropIn)!);
        await File.WriteAllTextAsync(_folder.DropIn, "[Service]\n");

        WireEnding ending = await _folder.RunAsync("apply");

        Assert.Equal(0, ending.Code);
        Assert.Contains($"{_folder.DropIn} differs", ending.Output, StringComparison.Ordinal);
        Assert.Equal("[Service]\n", await File.ReadAllTextAsync(_folder.DropIn));
        Assert.Equal(0, (await _folder.RunAsync("plan")).Code);
    }

    /// <summary>A container, or a unit that hx wire leaves alone: nothing else says that LiteLLM needs the file.</summary>
    [Theory]
    [InlineData(null, true)]
    [InlineData("[Service]\n", true)]
    [InlineData("ours", false)]
    public async Task Without_a_restart_the_variables_are_somebody_elses_matter(string? dropIn, bool told)
    {
        if (dropIn is not null)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder.DropIn)!);
            await File.WriteAllTextAsync(
                _folder.DropIn,
                dropIn == "ours" ? HxFunctions.Wiring.DropIn.Text(_folder.Config, _folder.LiteLlm) : dropIn
            );
        }

        string warning = $"LiteLLM must be started with the variables of {_folder.LiteLlm}";
        foreach (string command in new[] { "plan", "apply", "verify" })
        {
            WireEnding ending = await _folder.RunAsync(command);
            Assert.Equal(told, ending.Output.Contains(warning, StringComparison.Ordinal));
        }

        Assert.DoesNotContain(warning, (await _folder.RunAsync("plan", "--literal")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_without_a_restart_says_nothing_of_the_services()
    {
        Assert.Contains(
            "Not everything is right; the services were not",
            (await _folder.RunAsync("verify")).Output,
            StringComparison.Ordinal
        );
        Assert.Equal(0, (await _folder.RunAsync("apply")).Code);
        WireEnding good = await _folder.RunAsync("verify");
        Assert.Equal(0, good.Code);
        Assert.Contains("The files are right; the services were not looked at.", good.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Callback_beside_the_link_alone_is_warned_of()
    {
        string old = Path.Combine(_folder.Folder.CreateSubdirectory("old").FullName, "config.yaml");
        await File.WriteAllTextAsync(_folder.Config, "litellm_settings:\n  callbacks: [hooks.spend.handler, prometheus, 'a.b']\n");
        File.Move(_folder.Config, old);
        string module = Path.Combine(_folder.Folder.FullName, "old", "hooks", "spend.py");
        Directory.CreateDirectory(Path.GetDirectoryName(module)!);
        await File.WriteAllTextAsync(module, "");

        string warning = $"{module} exists, but {_folder.In(Path.Combine("hooks", "spend.py"))} does not";
        Assert.Contains(warning, (await _folder.RunAsync("plan", "--link", old)).Output, StringComparison.Ordinal);
        Directory.CreateDirectory(_folder.In("hooks"));
        File.Copy(module, _folder.In(Path.Combine("hooks", "spend.py")));
        Assert.DoesNotContain("does not: LiteLLM loads", (await _folder.RunAsync("plan", "--link", old)).Output, StringComparison.Ordinal);
    }

    /// <summary>PyYAML ends a plain value in flow at a question mark.</summary>
    [Fact]
    public async Task Literal_in_a_flow_mapping_is_quoted()
    {
        await File.WriteAllTextAsync(_folder.Config, "general_settings: {a: 1}\nlitellm_settings: {cache: true}\n");

        WireEnding ending = await _folder.RunAsync("apply", "--literal", "--set", "general_settings.x=https://h/a?b=c");

        Assert.True(ending.Code == 0, ending.Output + ending.Error);
        Assert.Contains("x: \"https://h/a?b=c\"", await File.ReadAllTextAsync(_folder.Config), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Url_that_has_less_to_say_than_before_needs_no_edit_by_hand()
    {
        Assert.Equal(0, (await _folder.RunAsync("apply")).Code);
        await File.WriteAllTextAsync(_folder.Wrapper, $"PG_URL={WireFolder.PgUrl}\nREDIS_URL=redis://cache.canary.invalid\n");
        WireEnding ending = await _folder.RunAsync("apply");
        Assert.True(ending.Code == 0, ending.Error);
        IReadOnlyDictionary<string, string> values = EnvFile.Parse(await File.ReadAllTextAsync(_folder.LiteLlm)).Values;
        Assert.DoesNotContain("REDIS_PASSWORD", values.Keys);
        Assert.DoesNotContain("REDIS_DB", values.Keys);
        Assert.Contains("os.environ/REDIS_DB", await File.ReadAllTextAsync(_folder.Config), StringComparison.Ordinal);
        Assert.Equal("nothing-to-do", (await _folder.RunAsync("apply", "--json")).Json.GetProperty("result").GetString());
    }

    [Theory]
    [InlineData("PG_URL=postgresql://u@h/d?sslmode=require\nREDIS_URL=redis://h\nPG_AUTH=entra\n", "entra")]
    [InlineData("PG_URL=postgresql://u@h/d?passfile=%2Fx\nREDIS_URL=redis://h\n", "reads its password from a file")]
    public async Task Login_that_litellm_cannot_have_is_refused(string wrapper, string told)
    {
        await File.WriteAllTextAsync(_folder.Wrapper, wrapper);
        WireEnding ending = await _folder.RunAsync("apply");
        Assert.Equal(2, ending.Code);
        Assert.Contains(told, ending.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Set_of_what_contradicts_is_refused() =>
        Assert.Equal(2, (await _folder.RunAsync("apply", "--set", "litellm_settings.cache_params.ssl=false")).Code);

    [Theory]
    [InlineData("FOO=\"bar\nBAZ=1\n")]
    [InlineData("FOO=bar\\\n")]
    public async Task Environment_file_with_an_open_end_is_refused(string text)
    {
        await File.WriteAllTextAsync(_folder.LiteLlm, text);
        WireEnding ending = await _folder.RunAsync("apply");
        Assert.Equal(2, ending.Code);
        Assert.Contains("line 1", ending.Error, StringComparison.Ordinal);
        Assert.Equal(text, await File.ReadAllTextAsync(_folder.LiteLlm));
    }

    [Fact]
    public async Task Backups_belong_to_their_configuration()
    {
        string other = _folder.In("other.yaml");
        await File.WriteAllTextAsync(other, "a: 1\n");
        Assert.Equal(0, (await _folder.RunAsync("apply")).Code);
        IReadOnlyDictionary<string, string> wired = _folder.Content();
        Assert.Equal(2, (await HxRollbackOf(other)).Code);
        Assert.Equal(wired, _folder.Content());

        async Task<WireEnding> HxRollbackOf(string config)
        {
            StringWriter output = new(),
                error = new();
            int code = await HxFunctions.Cli.Commands.HxCommand.RunAsync(
                ["wire", "rollback", "--config", config, "--unit-dir", _folder.Units, "--no-restart"],
                output,
                error
            );
            return new(code, output.ToString(), error.ToString());
        }
    }

    [Fact]
    public async Task Narrower_mode_of_an_environment_file_stays()
    {
        File.SetUnixFileMode(_folder.Wrapper, UnixFileMode.UserRead);
        Assert.Equal(0, (await _folder.RunAsync("apply")).Code);
        Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(_folder.Wrapper));
    }

    [Theory]
    [InlineData("backups", "--keep", "3")]
    [InlineData("backups", "--set", "a=b", "--literal")]
    [InlineData("rollback", "--litellm-env-file", "/nowhere/litellm.env")]
    [InlineData("plan", "--keep", "3")]
    public async Task Option_of_another_subcommand_is_taken_with_a_warning(string command, params string[] more)
    {
        WireEnding ending = await _folder.RunAsync(command, more);
        Assert.NotEqual("", ending.Error);
        Assert.Contains($"no effect on 'hx wire {command}'.", ending.Error, StringComparison.Ordinal);
        Assert.Contains(more[0], ending.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Unrecognized", ending.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("backups", "--config|--state-dir|--output|--json|--help")]
    [InlineData(
        "rollback",
        "--to|--config|--service|--wrapper|--unit-dir|--state-dir|--no-restart|--gateway|--timeout|--settle|--yes|--output|--json|--help"
    )]
    public async Task Help_shows_the_options_that_a_subcommand_uses(string command, string expected)
    {
        StringWriter output = new();
        Assert.Equal(0, await HxCommand.RunAsync(["wire", command, "--help"], output, new StringWriter()));
        IEnumerable<string> shown = output
            .ToString()
            .Split('\n')
            .Select(line => line.Trim())
            .Where(line => line.StartsWith('-'))
            .Select(line => line.Split(' ').First(word => word.StartsWith("--", StringComparison.Ordinal)));
        Assert.Equal(expected.Split('|'), shown);
    }
}
