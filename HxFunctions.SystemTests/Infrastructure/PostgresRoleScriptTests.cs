using System.Diagnostics;
using System.Text.Json;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Commands;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>
/// infra/modules/postgres-role.sh, as the job runs it, against a real PostgreSQL whose functions for Entra roles are played. Their
/// signatures: https://learn.microsoft.com/azure/postgresql/security/security-manage-entra-users
/// </summary>
public sealed class PostgresRoleScriptTests : IAsyncLifetime
{
    private const string Role = "id-hx-test";
    private const string Administrator = "id-hx-test-postgres-role";
    private const string ObjectId = "00000000-0000-0000-0000-00000000000A";

    /// <summary>Roles log in by password here, which is the token.</summary>
    private const string Azure = $$"""
        CREATE ROLE azure_pg_admin NOLOGIN CREATEROLE CREATEDB;
        ALTER DATABASE litellm OWNER TO azure_pg_admin;
        CREATE ROLE "{{Administrator}}" LOGIN PASSWORD '{{PlayedIdentity.Token}}' IN ROLE azure_pg_admin;
        CREATE TABLE principals
          (rolename name PRIMARY KEY, principalType text, objectId text, tenantId text, isMfa integer, isAdmin integer);
        CREATE FUNCTION pgaadauth_create_principal_with_oid(roleName text, objectId text, objectType text, isAdmin boolean, isMfa boolean)
          RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$
        BEGIN
          IF objectType NOT IN ('user', 'group', 'service') THEN
            RAISE EXCEPTION 'no such type: %', objectType;
          END IF;
          EXECUTE format('CREATE ROLE %I LOGIN', roleName);
          IF isAdmin THEN
            EXECUTE format('GRANT azure_pg_admin TO %I', roleName);
          END IF;
          INSERT INTO principals VALUES (roleName, objectType, objectId, 'tenant', isMfa::integer, isAdmin::integer);
          RETURN 'Created role for ' || roleName;
        END $$;
        CREATE FUNCTION pgaadauth_list_principals(isAdminValue boolean)
          RETURNS TABLE (rolename name, principalType text, objectId text, tenantId text, isMfa integer, isAdmin integer)
          LANGUAGE sql SECURITY DEFINER AS 'SELECT * FROM principals p WHERE NOT isAdminValue OR p.isAdmin = 1';
        """;

    /// <summary>All that there is about the role, in one line.</summary>
    private const string State = $"""
        SELECT concat_ws(' ', r.oid, r.rolcanlogin, r.rolsuper, r.rolcreaterole, r.rolcreatedb, r.rolreplication, r.rolbypassrls,
          r.rolconnlimit,
          (SELECT count(*) FROM pg_auth_members m WHERE m.member = r.oid OR m.roleid = r.oid),
          (SELECT datacl FROM pg_database WHERE datname = 'litellm'),
          (SELECT count(*) FROM principals))
        FROM pg_roles r WHERE r.rolname = '{Role}'
        """;

    private PostgresServer _server = null!;
    private PlayedIdentity _identity = null!;

    public async Task InitializeAsync()
    {
        _server = await PostgresServer.StartAsync(new() { Database = "litellm" });
        _identity = await PlayedIdentity.StartAsync();
        await _server.AdminAsync(Azure);
    }

    public async Task DisposeAsync()
    {
        await _identity.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Role_is_made_once_and_may_do_nothing_but_connect()
    {
        Assert.Equal((0, "The role may connect."), await RunAsync(lastLine: true));
        string state = (string)(await _server.AdminAsync(State))!;
        // It logs in, is nothing else, and is in no role.
        Assert.Contains(" t f f f f f -1 0 ", state, StringComparison.Ordinal);
        Assert.Contains($"\"{Role}\"=c/azure_pg_admin", state.Replace("\\", ""), StringComparison.Ordinal);
        await _server.InDatabaseAsync("CREATE TABLE keys (key text)");
        Assert.Equal(
            false,
            await _server.InDatabaseAsync(
                $"SELECT has_table_privilege('{Role}', 'keys', 'SELECT') OR has_schema_privilege('{Role}', 'public', 'CREATE') "
                    + $"OR has_database_privilege('{Role}', 'litellm', 'CREATE')"
            )
        );
        Assert.Equal(
            $"service {ObjectId} 0 0",
            await _server.AdminAsync("SELECT concat_ws(' ', principalType, objectId, isMfa, isAdmin) FROM principals")
        );

        (int code, string output) = await RunAsync();
        Assert.Equal(0, code);
        Assert.Contains("The role is there already.", output, StringComparison.Ordinal);
        Assert.Equal(state, await _server.AdminAsync(State));
    }

    /// <summary>The app itself, with a token of its identity, logs in as that role and finds all that it asks for.</summary>
    [Fact, Trait(HxProgram.Trait, HxProgram.Any)]
    public async Task Role_is_enough_for_the_apps_checks()
    {
        Assert.Equal(0, (await RunAsync()).Code);
        await _server.AdminAsync($"ALTER ROLE \"{Role}\" PASSWORD '{PlayedIdentity.Token}'");

        HxProcess.Ending ending = await HxProcess.RunAsync(
            "check --json",
            ("PG_URL", $"postgresql://{Role}@127.0.0.1:{_server.Port}/litellm"),
            ("PG_AUTH", "entra"),
            ("REDIS_URL", "redis://127.0.0.1:1"),
            ("AZURE_CLIENT_ID", PlayedIdentity.ClientId),
            ("IDENTITY_ENDPOINT", _identity.Endpoint),
            ("IDENTITY_HEADER", PlayedIdentity.Header)
        );

        JsonElement postgres = JsonDocument.Parse(ending.Output).RootElement.GetProperty("dependencies").GetProperty("postgres");
        Assert.True(postgres.GetProperty("status").GetString() == "pass", ending.Output + ending.Error);
    }

    /// <summary>An identity that was deleted and made again has the name of the old one, and can't log in as its role.</summary>
    [Fact]
    public async Task Role_of_another_identity_is_left_alone_and_said()
    {
        await _server.AdminAsync($"SELECT pgaadauth_create_principal_with_oid('{Role}', 'of-an-earlier-one', 'service', false, false)");
        string state = (string)(await _server.AdminAsync(State))!;
        (int code, string output) = await RunAsync();
        Assert.NotEqual(0, code);
        Assert.Contains("belongs to another identity", output, StringComparison.Ordinal);
        Assert.Contains("DROP ROLE", output, StringComparison.Ordinal);
        Assert.Equal(state, await _server.AdminAsync(State));
    }

    [Fact]
    public async Task Administrator_is_left_one_with_a_warning()
    {
        await _server.AdminAsync($"SELECT pgaadauth_create_principal_with_oid('{Role}', '{ObjectId}', 'service', true, false)");
        (int code, string output) = await RunAsync();
        Assert.Equal(0, code);
        Assert.Contains("is an administrator of the server, which is more than it needs", output, StringComparison.Ordinal);
    }

    /// <summary>Then an administrator who doesn't own the database can't grant anything, and says so instead of "done".</summary>
    [Fact]
    public async Task Role_that_may_not_connect_after_all_fails_the_job()
    {
        await _server.AdminAsync("ALTER DATABASE litellm OWNER TO postgres; REVOKE CONNECT ON DATABASE litellm FROM PUBLIC");
        (int code, string output) = await RunAsync();
        Assert.NotEqual(0, code);
        Assert.DoesNotContain("The role may connect.", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PlayedIdentity.Header, "")]
    [InlineData("another-header", PlayedIdentity.Token)]
    [InlineData(PlayedIdentity.Header, "another-token")]
    public async Task Job_without_a_good_token_fails_and_changes_nothing(string header, string token)
    {
        _identity.Answer = token;
        (int code, string output) = await RunAsync(header);
        Assert.NotEqual(0, code);
        Assert.DoesNotContain("another-token", output, StringComparison.Ordinal);
        Assert.Null(await _server.AdminAsync(State));
    }

    private async Task<(int Code, string Output)> RunAsync(string header = PlayedIdentity.Header, bool lastLine = false)
    {
        ProcessStartInfo start = new("/bin/sh") { RedirectStandardOutput = true, RedirectStandardError = true };
        // As the job has it: the text, not the file.
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "infra", "modules", "postgres-role.sh")));
        start.Environment.Clear();
        foreach (
            (string name, string value) in (ReadOnlySpan<(string, string)>)
                [
                    ("PATH", "/usr/bin:/bin"),
                    ("PGHOST", "127.0.0.1"),
                    ("PGPORT", $"{_server.Port}"),
                    ("PGUSER", Administrator),
                    ("PGDATABASE", "postgres"),
                    ("PGSSLMODE", "disable"),
                    ("PGCONNECT_TIMEOUT", "20"),
                    ("IDENTITY_ENDPOINT", _identity.Endpoint),
                    ("IDENTITY_HEADER", header),
                    ("AZURE_CLIENT_ID", PlayedIdentity.ClientId),
                    ("HX_ROLE", Role),
                    ("HX_ROLE_OBJECT_ID", ObjectId),
                    ("HX_ROLE_DATABASE", "litellm"),
                ]
        )
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> problems = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        string text = (await output + await problems).TrimEnd();
        return (process.ExitCode, lastLine ? text.Split('\n')[^1] : text);
    }
}
