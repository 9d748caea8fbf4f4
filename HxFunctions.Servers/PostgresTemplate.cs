using System.Security.Cryptography;

namespace HxFunctions.Servers;

/// <summary>
/// A data directory made by initdb once per process; a server starts on a copy of it. Saves all but the first about 0.7 s.
/// </summary>
internal sealed class PostgresTemplate
{
    private static readonly SemaphoreSlim Gate = new(1);
    private static PostgresTemplate? _made;

    private readonly string _data;

    private PostgresTemplate(string data, string adminPassword)
    {
        _data = data;
        AdminPassword = adminPassword;
    }

    /// <summary>The password of the superuser "postgres", good for this process's servers only.</summary>
    public string AdminPassword { get; }

    /// <summary>The template, made now when this is the first call that succeeds.</summary>
    /// <exception cref="InvalidOperationException">initdb failed; the message has what it wrote.</exception>
    public static async Task<PostgresTemplate> GetAsync(PostgresBinaries binaries, CancellationToken cancellationToken)
    {
        await Gate.WaitAsync(cancellationToken);
        try
        {
            return _made ??= await MakeAsync(binaries, cancellationToken);
        }
        finally
        {
            Gate.Release();
        }
    }

    /// <summary>Copies the data to <paramref name="path"/>, owners and modes included: postgres refuses data that others may
    /// read.</summary>
    public Task CopyToAsync(string path, CancellationToken cancellationToken) =>
        ExternalProgram.RunAsync("cp", ["-aT", _data, path], cancellationToken: cancellationToken);

    /// <summary>Gives <paramref name="path"/> to the user that postgres runs as.</summary>
    public static async Task GiveAwayAsync(string path, CancellationToken cancellationToken)
    {
        if (PostgresBinaries.User is { } user)
        {
            await ExternalProgram.RunAsync("chown", ["-R", user + ":", path], cancellationToken: cancellationToken);
        }
    }

    private static async Task<PostgresTemplate> MakeAsync(PostgresBinaries binaries, CancellationToken cancellationToken)
    {
        ThrowAwayDirectory directory = new ThrowAwayDirectory("hx-pg-template-");
        try
        {
            string password = RandomNumberGenerator.GetHexString(32, lowercase: true);
            string passwordFile = Path.Combine(directory.Path, "password");
            string data = Path.Combine(directory.Path, "data");
            await File.WriteAllTextAsync(passwordFile, password, cancellationToken);
            await GiveAwayAsync(directory.Path, cancellationToken);
            string[] arguments =
            [
                "-D",
                data,
                "-U",
                "postgres",
                "--pwfile",
                passwordFile,
                "-A",
                "scram-sha-256",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
                "--wal-segsize=1",
            ];
            await ExternalProgram.RunAsync(binaries.Initdb, arguments, PostgresBinaries.User, cancellationToken);
            return new PostgresTemplate(data, password);
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }
}
