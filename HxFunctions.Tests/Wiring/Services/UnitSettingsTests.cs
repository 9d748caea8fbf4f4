using HxFunctions.Wiring.Services;

namespace HxFunctions.Tests.Wiring.Services;

public class UnitSettingsTests
{
    [Fact]
    public void What_systemd_printed_is_read_as_it_was_written()
    {
        UnitSettings settings = UnitSettings.Parse(RecordedSystemd.Shown);

        Assert.Equal(
            [
                new("/run/none/*.env", true),
                new("/run/e x/a1.env", false),
                new(@"/run/e x/a\[1\].env", false),
                new(@"/run/e x/b\\c.env", false),
            ],
            settings.EnvironmentFiles
        );
        Assert.Equal(
            [
                ("A", "override"),
                ("EMPTY", ""),
                ("GLOB", "a*b?"),
                ("HASH", "a#b"),
                ("LITELLM_CONFIG", "/etc/a b/100%\"c\\d.yaml"),
                ("NL", "a\nb"),
                ("PLAIN", "x"),
                ("SEMI", "a;b"),
                ("SP", "a b"),
                ("SQ", @"it""s $HOME `x` \ back"),
                ("TILDE", "~a"),
                ("UNI", "é"),
            ],
            settings.Environment.Select(v => (v.Key, v.Value)).OrderBy(v => v.Key, StringComparer.Ordinal)
        );
        Assert.Equal("/bin/sh -c env > /run/env.out; exec sleep 1000 --config /etc/a b;c.yaml", settings.Command);
        Assert.Equal(
            ["50-hx-wire.conf", "55-all.conf", "60-run.conf", "override it's.conf"],
            settings.DropInPaths.Select(Path.GetFileName)
        );
        Assert.DoesNotContain("override", settings.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_set_is_nothing_read()
    {
        UnitSettings settings = UnitSettings.Parse("Environment=\nPassEnvironment=\nDropInPaths=\n");

        Assert.Empty(settings.EnvironmentFiles);
        Assert.Empty(settings.Environment);
        Assert.Empty(settings.DropInPaths);
        Assert.Equal("", settings.Command);
    }

    [Theory]
    [InlineData("\"a\\001b\"", "a\u0001b")]
    [InlineData("\"open", "open")]
    [InlineData("\"a\\", "a\\")]
    public void Control_characters_are_read_and_a_broken_line_breaks_nothing(string shown, string expected) =>
        Assert.Equal([expected], ShowOutput.Parse($"X={shown}").Words("X"));

    [Theory]
    [InlineData("litellm --config /etc/a.yaml --port 4000", "/etc/a.yaml --port 4000")]
    [InlineData("/opt/venv/bin/litellm -c /etc/a.yaml", "/etc/a.yaml")]
    [InlineData("/usr/bin/python3 -m litellm --config=/etc/a b.yaml", "/etc/a b.yaml")]
    [InlineData("/bin/sh -c litellm --port 4000", null)]
    [InlineData("/usr/local/bin/start-litellm", null)]
    [InlineData("litellm --config", null)]
    public void Configuration_is_found_in_the_command(string command, string? expected) =>
        Assert.Equal(expected, StartCommand.AfterConfigOption(command));
}
