namespace HxFunctions.Tests.Wiring.Services;

/// <summary>
/// Unit files, and what <c>systemctl show</c> of systemd 252 (Debian 12) printed of them. A user manager ran in a mount namespace of its
/// own; its folders for units stand here as <c>{folder}/etc</c> and <c>{folder}/run</c>.
/// </summary>
internal static class RecordedSystemd
{
    public static readonly (string Path, string Text)[] Files =
    [
        (
            "etc/t.service",
            """
            [Service]
            Environment=PLAIN=x "SP=a b" 'SQ=it"s $HOME `x` \\ back' "NL=a\nb" GLOB=a*b? EMPTY= TILDE=~a HASH=a#b SEMI=a;b UNI=é
            EnvironmentFile=-/run/none/*.env
            EnvironmentFile=/run/e x/a1.env
            ExecStart=/bin/sh -c "env > /run/env.out; exec sleep 1000" --config "/etc/a b;c.yaml"
            Restart=on-failure
            """
        ),
        (
            "etc/t.service.d/50-hx-wire.conf",
            """
            [Service]
            Environment="LITELLM_CONFIG=/etc/a b/100%%\"c\\d.yaml"
            EnvironmentFile=/run/e x/a\[1\].env
            EnvironmentFile=/run/e x/b\\c.env
            """
        ),
        ("etc/t.service.d/override it's.conf", "[Service]\nEnvironment=A=override\n"),
        ("run/t.service.d/60-run.conf", "[Service]\n"),
        ("run/service.d/55-all.conf", "[Service]\n"),
    ];

    public const string Shown = """
        ExecStart={ path=/bin/sh ; argv[]=/bin/sh -c env > /run/env.out; exec sleep 1000 --config /etc/a b;c.yaml ; ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }
        Environment=PLAIN=x "SP=a b" "SQ=it\"s \$HOME \`x\` \\ back" "NL=a\nb" "GLOB=a*b?" EMPTY= TILDE=~a HASH=a#b "SEMI=a;b" UNI=é "LITELLM_CONFIG=/etc/a b/100%\"c\\d.yaml" A=override
        EnvironmentFiles=/run/none/*.env (ignore_errors=yes)
        EnvironmentFiles=/run/e x/a1.env (ignore_errors=no)
        EnvironmentFiles=/run/e x/a\[1\].env (ignore_errors=no)
        EnvironmentFiles=/run/e x/b\\c.env (ignore_errors=no)
        FragmentPath={folder}/etc/t.service
        DropInPaths={folder}/etc/t.service.d/50-hx-wire.conf {folder}/run/service.d/55-all.conf {folder}/run/t.service.d/60-run.conf "{folder}/etc/t.service.d/override it's.conf"

        """;

    /// <summary>Files, and what the process of a unit got from each.</summary>
    public static readonly (string Name, string Value)[] EnvironmentFiles =
    [
        ("a[1].env", "bracketed"),
        ("a1.env", "globbed"),
        (@"b\c.env", "backslash"),
        ("c*?.env", "star"),
        ("cxx.env", "other"),
        ("{d,e}.env", "brace"),
    ];
}
