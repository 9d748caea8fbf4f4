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
    [InlineData("/bin/sh -c litellm -c /etc/a.yaml", "/etc/a.yaml")]
    [InlineData("/bin/sh -c cd /opt && exec litellm --config /etc/a.yaml; sleep 9", "/etc/a.yaml")]
    [InlineData("/bin/sh -c litellm --config /etc/a.yaml 2>&1", "/etc/a.yaml 2>&1")]
    [InlineData("/bin/sh -c migrate --config /etc/b.yaml; litellm --port 4000", null)]
    [InlineData("/bin/sh -c cd /opt/litellm && exec venv/bin/litellm --config /etc/a.yaml", "/etc/a.yaml")]
    [InlineData("/bin/sh -c docker rm -f litellm; docker run --name litellm IMAGE --config /app/a.yaml", "/app/a.yaml")]
    [InlineData("/bin/sh -c docker run IMAGE:main --config /app/a.yaml | tee /var/log/x", "/app/a.yaml")]
    [InlineData("/bin/sh -c python -m litellm.proxy.proxy_cli --config /etc/a.yaml; sleep 5", "/etc/a.yaml")]
    [InlineData("docker --config /root/.docker run --rm litellm --config /app/a.yaml", "/app/a.yaml")]
    [InlineData("docker --config /root/.docker run ghcr.io/berriai/litellm:main --config /app/a.yaml", "/app/a.yaml")]
    public void Configuration_is_found_in_the_command(string command, string? expected) =>
        Assert.Equal(expected, StartCommand.AfterConfigOption(command));

    [Theory]
    [InlineData("/usr/bin/docker run x", "docker", null)]
    [InlineData("/usr/bin/env X=Y -u Z docker run x", null, null)]
    [InlineData("/usr/bin/env -u Z X=Y docker run x", "docker", null)]
    [InlineData("exec podman run x", "podman", null)]
    [InlineData("/usr/bin/sudo -nu litellm -- podman run x", "podman", null)]
    [InlineData("/usr/bin/sudo --user litellm A=B podman run x", "podman", null)]
    [InlineData("nice -n 5 nohup setsid -w docker run x", "docker", null)]
    [InlineData("/usr/bin/dumb-init -r 15:2 -- docker-compose up", "docker-compose", null)]
    [InlineData("/sbin/tini -s -p SIGTERM -- nerdctl run x", "nerdctl", null)]
    [InlineData("/bin/sh -c exec docker run x >> /var/log/x 2>&1", "docker", null)]
    [InlineData("/bin/bash -euo pipefail -c X=Y exec docker run x", "docker", null)]
    [InlineData("/bin/sh -c docker pull x; exec docker run x", null, "docker")]
    [InlineData("/bin/sh -c docker run x litellm | tee /var/log/x", null, "docker")]
    [InlineData("/bin/sh -c cd /opt/litellm && docker compose up", null, "docker")]
    // What LiteLLM needs is a container, not LiteLLM.
    [InlineData("/bin/sh -c docker start redis && exec /opt/venv/bin/litellm --port 4000", null, null)]
    // Not looked through, and no container.
    [InlineData("/usr/local/bin/start docker", null, null)]
    [InlineData("/bin/sh /opt/start.sh -c docker", null, null)]
    [InlineData("litellm --config /srv/docker", null, null)]
    [InlineData("/bin/sh -c", null, null)]
    [InlineData("sudo -u", null, null)]
    [InlineData("", null, null)]
    public void Container_is_found_behind_programs_that_only_run_another(string command, string? tool, string? possible) =>
        Assert.Equal((tool, possible), (StartCommand.ContainerTool(command), StartCommand.PossibleContainerTool(command)));

    [Theory]
    [InlineData("/usr/bin/sudo -u litellm /opt/venv/bin/litellm --port 4000", "sudo")]
    [InlineData("/bin/sh -c exec sudo -u x litellm", "sudo")]
    [InlineData("/usr/bin/sudo -E -u litellm litellm", null)]
    [InlineData("/usr/bin/sudo --preserve-env=DATABASE_URL litellm", null)]
    [InlineData("/bin/sh -c cd /opt/litellm && sudo -u x litellm", "sudo")]
    [InlineData("/usr/bin/sudo docker run ghcr.io/berriai/litellm:main-stable", "sudo")]
    [InlineData("/usr/bin/sudo -nE litellm", null)]
    [InlineData("/usr/bin/sudo -Eu litellm litellm", null)]
    [InlineData("/usr/bin/sudo -uE litellm", "sudo")]
    [InlineData("/usr/bin/env -iu X litellm", "env -i")]
    [InlineData("/usr/bin/env -i PATH=/usr/bin litellm", "env -i")]
    [InlineData("/usr/bin/env A=B litellm", null)]
    [InlineData("/bin/sh -c sudo rm /tmp/x; exec litellm", null)]
    public void What_removes_the_variables_is_found(string command, string? program) =>
        Assert.Equal(program, StartCommand.ClearsEnvironment(command));
}
