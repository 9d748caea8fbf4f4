using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Commands;

namespace HxFunctions.SystemTests.Integration;

/// <summary>A server that takes clients with a certificate only.</summary>
[Trait(HxProgram.Trait, HxProgram.Any)]
public sealed class RedisTlsTests
{
    private static Task<RedisServer> StartAsync() =>
        RedisServer.StartAsync(new() { Tls = true, Arguments = ["--tls-auth-clients", "yes"] });

    [Fact]
    public async Task Certificate_of_the_clients_own_is_taken_by_url_and_by_variable()
    {
        await using RedisServer server = await StartAsync();
        await using ProbeRig url = ProbeRig.Redis(
            $"{server.Url}?ssl_ca_certs={server.AuthorityFile}&ssl_certfile={server.CertificateFile}&ssl_keyfile={server.KeyFile}"
        );
        await url.PassesAsync();

        await using ProbeRig variables = ProbeRig.Redis(
            $"127.0.0.1:{server.Port},ssl=true",
            more:
            [
                (Variables.RedisAuthorities, server.AuthorityFile!),
                (Variables.RedisCertificate, server.CertificateFile!),
                (Variables.RedisKey, server.KeyFile!),
            ]
        );
        await variables.PassesAsync();
    }

    [Fact]
    public async Task Key_with_a_password_and_key_in_the_certificates_file_are_read()
    {
        await using RedisServer server = await StartAsync();
        using ThrowAwayDirectory directory = new("hx-redis-tls-");
        string both = Path.Combine(directory.Path, "both.pem");
        await File.WriteAllTextAsync(
            both,
            await File.ReadAllTextAsync(server.CertificateFile!) + "\n" + await File.ReadAllTextAsync(server.KeyFile!)
        );
        await using ProbeRig together = ProbeRig.Redis($"{server.Url}?ssl_ca_certs={server.AuthorityFile}&ssl_certfile={both}");
        await together.PassesAsync();

        string locked = Path.Combine(directory.Path, "locked.pem");
        using (System.Security.Cryptography.ECDsa key = System.Security.Cryptography.ECDsa.Create())
        {
            key.ImportFromPem(await File.ReadAllTextAsync(server.KeyFile!));
            await File.WriteAllTextAsync(
                locked,
                key.ExportEncryptedPkcs8PrivateKeyPem(
                    "of-the-key",
                    new(
                        System.Security.Cryptography.PbeEncryptionAlgorithm.Aes256Cbc,
                        System.Security.Cryptography.HashAlgorithmName.SHA256,
                        1000
                    )
                )
            );
        }

        string url = $"{server.Url}?ssl_ca_certs={server.AuthorityFile}&ssl_certfile={server.CertificateFile}&ssl_keyfile={locked}";
        await using ProbeRig unlocked = ProbeRig.Redis(url + "&ssl_password=of-the-key");
        await unlocked.PassesAsync();
        await using ProbeRig wrong = ProbeRig.Redis(url + "&ssl_password=another");
        Assert.Equal("ssl_keyfile", await wrong.DetailAsync(DependencyStatus.Fail, Reasons.LocalFile));
    }

    [Fact]
    public async Task File_that_can_not_be_read_is_named_until_it_is_there()
    {
        await using RedisServer server = await RedisServer.StartAsync(new() { Tls = true });
        using ThrowAwayDirectory directory = new("hx-redis-tls-");
        string authority = Path.Combine(directory.Path, "ca.pem");
        await using ProbeRig rig = ProbeRig.Redis($"{server.Url}?ssl_ca_certs={authority}");
        Assert.Equal("ssl_ca_certs", await rig.DetailAsync(DependencyStatus.Fail, Reasons.LocalFile));
        Assert.DoesNotContain(rig.Steps, step => step.Found.Contains(directory.Path, StringComparison.Ordinal));

        (string Name, string? Value)[] variables =
        [
            ("REDIS_URL", $"{server.Url}?ssl_ca_certs={authority}"),
            ("GUARD_ROUTES", "/v1/keys=redis"),
        ];
        HxProcess.Ending config = await HxProcess.RunAsync("config", variables);
        Assert.Equal((2, "hx: REDIS_URL names a file or directory in 'ssl_ca_certs' that does not exist.\n"), (config.Code, config.Error));

        await File.WriteAllTextAsync(authority, "no certificate");
        Assert.Equal("ssl_ca_certs", await rig.DetailAsync(DependencyStatus.Fail, Reasons.LocalFile));

        File.Copy(server.AuthorityFile!, authority, overwrite: true);
        await rig.PassesAsync();
        Assert.Equal(0, (await HxProcess.RunAsync("config", variables)).Code);
    }

    [Fact]
    public async Task Authority_that_did_not_sign_and_name_that_is_not_in_the_certificate_are_refused()
    {
        await using RedisServer server = await RedisServer.StartAsync(new() { Tls = true });
        await using RedisServer stranger = await RedisServer.StartAsync(new() { Tls = true });
        await using ProbeRig rig = ProbeRig.Redis($"{server.Url}?ssl_ca_certs={stranger.AuthorityFile}");
        await rig.FailsAsync(Reasons.TlsFailure);

        await using ProbeRig named = ProbeRig.Redis(
            $"127.0.0.1:{server.Port},ssl=true,sslHost=cache.example.org",
            more: [(Variables.RedisAuthorities, server.AuthorityFile!)]
        );
        await named.FailsAsync(Reasons.TlsFailure);
    }
}
