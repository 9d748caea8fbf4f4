using System.Diagnostics;
using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using HxFunctions.Core.Configuration.Connections;
using HxFunctions.Core.Dependencies;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Commands;
using HxFunctions.SystemTests.Servers;

namespace HxFunctions.SystemTests.Integration;

/// <summary>Logging in to a real PostgreSQL by libpq's rules.</summary>
public sealed class PostgresLoginTests
{
    /// <summary>node-postgres PR #3669: passwords that SASLprep changes. The server prepares what it stores; psql prepares what it
    /// sends.</summary>
    [Theory]
    [InlineData("\u212Bngstrom")]
    [InlineData("soft\u00ADhyphen")]
    [InlineData("non\u00A0breaking\u3000spaces")]
    [InlineData("\uFB01ne \u2168 \u1E9B\u0323")]
    [InlineData("\u1112\u1161\u11ab\uae00")]
    [InlineData("e\u0301\u0323\u0301")]
    [InlineData("\u0627\u0628")]
    [InlineData("\u0627a")]
    [InlineData("control\u0007\u00E9")]
    [InlineData("\U0001F600 new")]
    [InlineData("\u00AD")]
    [InlineData("zero\u200Bwidth")]
    [InlineData("\u05D0\uFB31")]
    [InlineData("\u05D0\u2122\u05D0")]
    public async Task Password_that_saslprep_changes_or_refuses_logs_in(string password)
    {
        await using PostgresServer server = await PostgresServer.StartAsync(new() { Password = password });
        await using ProbeRig rig = ProbeRig.Postgres(server.Url);
        await rig.PassesAsync();

        // MD5 and clear text take it as it is written.
        await server.AdminAsync("SET password_encryption = 'md5'; ALTER ROLE hx PASSWORD '" + password + "'");
        await File.WriteAllTextAsync(
            Path.Combine(server.SocketDirectory, "data", "pg_hba.conf"),
            "host all postgres 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 md5\n"
        );
        await server.ReloadAsync("log_connections", "on");
        await using ProbeRig md5 = ProbeRig.Postgres(server.Url);
        await md5.PassesAsync();
    }

    /// <summary>Node's ICU knows normalization form KC better than we do. Characters of Unicode 3.2 are the same in all versions
    /// since.</summary>
    [Fact]
    public async Task Normalization_agrees_with_icu()
    {
        const string program = """
            let seed = 1;
            const next = n => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
            const out = [];
            for (let i = 0; i < 20000; i++) {
                let text = '';
                for (let j = 0; j < 6; j++) {
                    const block = [0x300, 0x1100, 0xAC00, 0x1E00, 0xFB00, 0x3300, 0xF900, 0x0900, 0x00A0][next(9)];
                    text += String.fromCodePoint(block + next(0x80));
                }
                out.push([text, text.normalize('NFKC')]);
            }
            process.stdout.write(JSON.stringify(out));
            """;
        ProcessStartInfo start = new("node", ["-e", program]) { RedirectStandardOutput = true };
        using Process node = Process.Start(start)!;
        string[][] pairs = JsonSerializer.Deserialize<string[][]>(await node.StandardOutput.ReadToEndAsync())!;
        await node.WaitForExitAsync();
        int prepared = 0;
        foreach (string[] pair in pairs)
        {
            // What SASLprep takes out or refuses besides is RFC 4013's; the rest is plain NFKC.
            string ours = SaslPrep.Prepare(pair[0]);
            if (ours != pair[0])
            {
                prepared++;
                Assert.Equal(pair[1].Replace("\u00AD", "").Replace("\u034F", ""), ours.Replace("\u034F", ""));
            }
        }

        Assert.InRange(prepared, 5000, pairs.Length);
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public async Task Login_that_the_url_forbids_is_a_login_policy()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        await using ProbeRig plain = ProbeRig.Postgres(server.Url + "?channel_binding=require");
        await plain.FailsAsync(Reasons.LoginPolicy);
        await using ProbeRig forbidden = ProbeRig.Postgres(server.Url + "?require_auth=password");
        await forbidden.FailsAsync(Reasons.LoginPolicy);
        await using ProbeRig refused = ProbeRig.Postgres(server.Url + "?require_auth=!scram-sha-256");
        await refused.FailsAsync(Reasons.LoginPolicy);
        await using ProbeRig allowed = ProbeRig.Postgres(server.Url + "?require_auth=scram-sha-256");
        await allowed.PassesAsync();

        using ThrowAwayDirectory directory = new("hx-pg-tls-");
        TlsFiles tls = TlsFiles.Write(directory.Path);
        await server.UseTlsAsync(directory, tls.Certificate, tls.Key);
        await plain.PassesAsync();

        // tls-server-end-point has no hash for Ed25519 (RFC 5929, section 4.1).
        string certificate = Path.Combine(directory.Path, "ed25519.pem"),
            key = Path.Combine(directory.Path, "ed25519.key");
        await ExternalProgram.RunAsync(
            "openssl",
            ["req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=localhost", "-days", "1", "-out", certificate, "-keyout", key]
        );
        await server.UseTlsAsync(directory, certificate, key);
        await using ProbeRig unbound = ProbeRig.Postgres(server.Url + "?channel_binding=require");
        await unbound.FailsAsync(Reasons.LoginPolicy);
        await using ProbeRig preferred = ProbeRig.Postgres(server.Url + "?channel_binding=prefer&sslmode=require");
        await preferred.PassesAsync();
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public async Task Client_certificate_is_sent_where_the_server_asks_for_one()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        using ThrowAwayDirectory directory = new("hx-pg-tls-");
        TlsFiles tls = TlsFiles.Write(directory.Path);
        await server.AdminAsync($"ALTER SYSTEM SET ssl_ca_file = '{tls.Authority}'");
        await File.WriteAllTextAsync(
            Path.Combine(server.SocketDirectory, "data", "pg_hba.conf"),
            "host all postgres 127.0.0.1/32 scram-sha-256\nhostssl all hx 127.0.0.1/32 scram-sha-256 clientcert=verify-ca\n"
        );
        await server.UseTlsAsync(directory, tls.Certificate, tls.Key);
        string url = $"{server.Url}?sslmode=verify-full&sslrootcert={Uri.EscapeDataString(tls.Authority)}";
        await using ProbeRig without = ProbeRig.Postgres(url);
        await without.FailsAsync(Reasons.TlsFailure);
        await using ProbeRig with = ProbeRig.Postgres(
            $"{url}&sslcert={Uri.EscapeDataString(tls.Certificate)}&sslkey={Uri.EscapeDataString(tls.Key)}"
        );
        await with.PassesAsync();

        string pkcs12 = Path.Combine(directory.Path, "ca.pfx");
        using (X509Certificate2 authority = X509CertificateLoader.LoadCertificateFromFile(tls.Authority))
        {
            await File.WriteAllBytesAsync(pkcs12, authority.Export(X509ContentType.Pfx));
        }

        await using ProbeRig binary = ProbeRig.Postgres(
            $"{server.Url}?sslmode=verify-full&sslrootcert={Uri.EscapeDataString(pkcs12)}"
                + $"&sslcert={Uri.EscapeDataString(tls.Certificate)}&sslkey={Uri.EscapeDataString(tls.Key)}"
        );
        await binary.PassesAsync();
    }

    /// <summary>As Azure and RDS have it. Npgsql logs in with TLS, then without, and tells of the second refusal only.</summary>
    [Theory]
    [InlineData("prefer", "hostssl", Reasons.AuthenticationFailed, null)]
    [InlineData("allow", "hostssl", Reasons.AuthenticationFailed, null)]
    [InlineData("prefer", "hostnossl", Reasons.AuthenticationFailed, null)]
    [InlineData("allow", "hostnossl", Reasons.AuthenticationFailed, null)]
    [InlineData("disable", "hostssl", Reasons.TlsFailure, PostgresFailures.HostRules)]
    [InlineData("require", "hostnossl", Reasons.AuthenticationFailed, PostgresFailures.HostRules)]
    [SupportedOSPlatform("linux")]
    public async Task Wrong_password_is_told_with_and_without_tls(string mode, string rule, string reason, string? detail)
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        using ThrowAwayDirectory directory = new("hx-pg-tls-");
        TlsFiles tls = TlsFiles.Write(directory.Path);
        await RulesAsync(server, $"{rule} all hx 127.0.0.1/32 scram-sha-256\n");
        await server.UseTlsAsync(directory, tls.Certificate, tls.Key);
        await using ProbeRig wrong = ProbeRig.Postgres($"postgresql://hx:not-it@127.0.0.1:{server.Port}/hx?sslmode={mode}");
        Assert.Equal(detail, await wrong.DetailAsync(DependencyStatus.Fail, reason));
        if (detail is null)
        {
            await using ProbeRig right = ProbeRig.Postgres($"{server.Url}?sslmode={mode}");
            await right.PassesAsync();
        }
    }

    /// <summary>No rule lets this client in, with TLS or without it: encryption is not what is missing.</summary>
    [Fact]
    [SupportedOSPlatform("linux")]
    public async Task Client_that_no_rule_lets_in_is_not_told_to_use_tls()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        using ThrowAwayDirectory directory = new("hx-pg-tls-");
        TlsFiles tls = TlsFiles.Write(directory.Path);
        await RulesAsync(server, "");
        await server.UseTlsAsync(directory, tls.Certificate, tls.Key);
        await using ProbeRig rig = ProbeRig.Postgres(server.Url);
        Assert.Equal(PostgresFailures.HostRules, await rig.DetailAsync(DependencyStatus.Fail, Reasons.AuthenticationFailed));
    }

    /// <summary>A server without TLS, which "allow" asks for when it has refused the password.</summary>
    [Fact]
    public async Task Wrong_password_is_told_by_a_server_without_tls()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        foreach (string mode in new[] { "allow", "prefer" })
        {
            await using ProbeRig rig = ProbeRig.Postgres($"postgresql://hx:not-it@127.0.0.1:{server.Port}/hx?sslmode={mode}");
            await rig.FailsAsync(Reasons.AuthenticationFailed);
        }
    }

    /// <summary>Npgsql's default opens one more, finds that it has no Kerberos and closes it without a byte.</summary>
    [Fact]
    public async Task Login_takes_one_connection()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        await using FaultProxy proxy = FaultProxy.Start(server.Port);
        await using ProbeRig rig = ProbeRig.Postgres($"postgresql://hx:{server.Password}@127.0.0.1:{proxy.Port}/hx");
        await rig.PassesAsync();
        Assert.Equal(1, proxy.Accepted);
    }

    /// <summary>Only PostgreSQL 17 and later know it. This one takes the first bytes for a login that it can't read.</summary>
    [Fact]
    public async Task Server_that_ends_a_direct_handshake_has_a_tls_failure()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        await using ProbeRig rig = ProbeRig.Postgres($"{server.Url}?sslmode=require&sslnegotiation=direct");
        await rig.FailsAsync(Reasons.TlsFailure);
    }

    /// <summary>libpq: the address says where to, the name what the certificate must have.</summary>
    [Fact]
    [SupportedOSPlatform("linux")]
    public async Task Certificate_is_verified_by_the_name_beside_hostaddr()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        using ThrowAwayDirectory directory = new("hx-pg-tls-");
        TlsFiles tls = TlsFiles.Write(directory.Path);
        await server.UseTlsAsync(directory, tls.Certificate, tls.Key);
        string Url(string name) =>
            $"postgresql://hx:{server.Password}@{name}:{server.Port}/hx?hostaddr=127.0.0.1&sslmode=verify-full"
            + $"&sslrootcert={Uri.EscapeDataString(tls.Authority)}";
        await using ProbeRig right = ProbeRig.Postgres(Url("localhost"));
        await right.PassesAsync();
        await using ProbeRig wrong = ProbeRig.Postgres(Url("another.example.com"));
        await wrong.FailsAsync(Reasons.TlsFailure);
    }

    /// <summary>Npgsql alone would take the file of PGSSLROOTCERT instead of the system's roots.</summary>
    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    [SupportedOSPlatform("linux")]
    public async Task Roots_of_the_system_count_when_they_are_asked_for(bool areTrusted, int code)
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        using ThrowAwayDirectory directory = new("hx-pg-tls-");
        TlsFiles tls = TlsFiles.Write(directory.Path);
        TlsFiles others = TlsFiles.Write(Directory.CreateDirectory(Path.Combine(directory.Path, "others")).FullName);
        await server.UseTlsAsync(directory, tls.Certificate, tls.Key);
        await using HxProcess hx = HxProcess.Start(
            "check",
            null,
            ("ENABLE_DB_GUARD", "false"),
            ("SSL_CERT_FILE", areTrusted ? tls.Authority : others.Authority),
            ("SSL_CERT_DIR", directory.Path + "/none"),
            ("PGSSLROOTCERT", areTrusted ? others.Authority : tls.Authority),
            ("PG_URL", $"postgresql://hx:{server.Password}@localhost:{server.Port}/hx?sslrootcert=system")
        );
        HxProcess.Ending ending = await hx.EndAsync();
        Assert.True(ending.Code == code, ending.Output + ending.Error);
    }

    /// <summary>Each address is tried by itself then, and the certificate is the name's all the same.</summary>
    [Fact]
    [SupportedOSPlatform("linux")]
    public async Task Name_with_several_addresses_is_verified_by_its_name()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        using ThrowAwayDirectory directory = new("hx-pg-tls-");
        TlsFiles tls = TlsFiles.Write(directory.Path);
        await server.UseTlsAsync(directory, tls.Certificate, tls.Key);
        // Nobody listens at the second one, and the certificate has none of the other name.
        using PrivateHosts hosts = new("localhost", "127.0.0.2");
        string query = $"sslmode=verify-full&sslrootcert={Uri.EscapeDataString(tls.Authority)}";
        await using HxProcess hx = HxProcess.StartAfter(
            hosts.Before,
            "check --verbose",
            ("ENABLE_DB_GUARD", "false"),
            ("PG_URL", $"postgresql://hx:{server.Password}@localhost:{server.Port}/hx?{query}")
        );
        HxProcess.Ending ending = await hx.EndAsync();
        Assert.True(ending.Code == 0, ending.Output + ending.Error);
        Assert.Contains("2 addresses", ending.Output, StringComparison.Ordinal);

        using PrivateHosts others = new("another.example.com", "127.0.0.1", "127.0.0.2");
        await using HxProcess wrong = HxProcess.StartAfter(
            others.Before,
            "check",
            ("ENABLE_DB_GUARD", "false"),
            ("PG_URL", $"postgresql://hx:{server.Password}@another.example.com:{server.Port}/hx?{query}")
        );
        ending = await wrong.EndAsync();
        Assert.Equal(1, ending.Code);
        Assert.Contains(Reasons.TlsFailure, ending.Output, StringComparison.Ordinal);
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public async Task Password_file_is_read_by_libpqs_rules()
    {
        await using PostgresServer server = await PostgresServer.StartAsync(new() { Password = @"with:colon\and é" });
        using ThrowAwayDirectory directory = new("hx-pgpass-");
        string file = Path.Combine(directory.Path, "passwords");
        await File.WriteAllTextAsync(
            file,
            $"""
            # the first that fits counts
            127.0.0.1:1:*:*:another port
            127.0.0.1:{server.Port}:*:somebody:another user
            *:{server.Port}:hx:hx:with\:colon\\and é
            *:*:*:*:too late
            """
        );
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        string url = $"postgresql://hx@127.0.0.1:{server.Port}/hx?passfile={Uri.EscapeDataString(file)}";
        await using ProbeRig rig = ProbeRig.Postgres(url);
        await rig.PassesAsync();

        // libpq leaves a file alone that others may read.
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        await using ProbeRig open = ProbeRig.Postgres(url);
        await open.FailsAsync(Reasons.AuthenticationFailed);
    }

    [Theory]
    [InlineData("sslmode=verify-full&sslrootcert=", "sslrootcert")]
    [InlineData("sslmode=require&sslcert=", "sslcert")]
    [InlineData("passfile=", "passfile")]
    [InlineData("host=", "host")]
    public async Task File_that_is_not_there_is_named_and_the_server_not_asked(string parameter, string keyword)
    {
        await using ProbeRig rig = ProbeRig.Postgres($"postgresql://hx:any@/hx?{parameter}%2Fnosuch%2Ffile");
        ProbeOutcome outcome = await rig.ProbeAsync();
        Assert.Equal((DependencyStatus.Fail, Reasons.LocalFile, keyword), (outcome.Status, outcome.Reason, outcome.Detail));
    }

    /// <summary>No TLS here, which may be what the server's rules ask for.</summary>
    [Fact]
    public async Task Client_that_pg_hba_conf_refuses_is_told_of_it()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        string rules = Path.Combine(server.SocketDirectory, "data", "pg_hba.conf");
        await File.WriteAllTextAsync(rules, "host all hx 127.0.0.1/32 reject\n" + await File.ReadAllTextAsync(rules));
        await server.ReloadAsync("log_statement", "none");
        await using ProbeRig rig = ProbeRig.Postgres(server.Url);
        Assert.Equal(PostgresFailures.HostRules, await rig.DetailAsync(DependencyStatus.Fail, Reasons.TlsFailure));
    }

    [Fact]
    public async Task File_that_holds_no_certificate_is_named_until_it_does()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        using ThrowAwayDirectory directory = new("hx-pg-tls-");
        string authority = Path.Combine(directory.Path, "authority.pem");
        await File.WriteAllTextAsync(authority, "no certificate");
        await using ProbeRig rig = ProbeRig.Postgres($"{server.Url}?sslmode=verify-ca&sslrootcert={Uri.EscapeDataString(authority)}");
        await rig.FailsAsync(Reasons.LocalFile);
        // Opened anew at each probe: what is wrong now is that the server has no TLS.
        File.Copy(TlsFiles.Write(directory.Path).Authority, authority, overwrite: true);
        await rig.FailsAsync(Reasons.TlsFailure);
    }

    /// <summary>For the ordinary role; the superuser is let in in any case.</summary>
    private static Task RulesAsync(PostgresServer server, string rules) =>
        File.WriteAllTextAsync(
            Path.Combine(server.SocketDirectory, "data", "pg_hba.conf"),
            "host all postgres 127.0.0.1/32 scram-sha-256\n" + rules
        );
}
