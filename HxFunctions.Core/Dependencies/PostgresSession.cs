using HxFunctions.Core.Configuration.Connections;
using Npgsql;

namespace HxFunctions.Core.Dependencies;

/// <summary>One connection to PostgreSQL, ours alone: no pool is behind it.</summary>
/// <param name="Host">Which host of the URL it leads to.</param>
/// <param name="OpenedAt">On the monotonic clock.</param>
internal sealed record PostgresSession(NpgsqlConnection Connection, HostPort Host, long OpenedAt)
{
    // Qualified: a role's search_path may hold functions of the same name. Of a standby, transaction_read_only is true as well.
    // https://www.postgresql.org/docs/current/functions-admin.html (pg_is_in_recovery), runtime-config-client.html (transaction_read_only)
    private const string Question =
        "SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('transaction_read_only') OPERATOR(pg_catalog.=) 'on'";

    /// <summary>What the last question found; <see langword="null"/> before the first.</summary>
    public PostgresMode? Mode { get; private set; }

    /// <summary>It leads to a read-only server, because the hosts that the URL lists before it were not to be had. They may be back at any
    /// time.</summary>
    public bool IsFallback { get; init; }

    /// <summary>The backend's process, as the server named it at login. A pooler names one of its own.</summary>
    public int ProcessId => Connection.ProcessID;

    /// <summary>One round trip that proves the server answers, that we are logged in, and whether it takes writes. <c>SELECT 1</c> would
    /// pass on a standby.</summary>
    /// <remarks>
    /// Npgsql answers a cancelled query by asking the server to cancel it, over a connection of its own: from a server that hangs that
    /// takes seconds more (npgsql #3696). It goes on without us.
    /// </remarks>
    /// <exception cref="InvalidDataException">The answer isn't PostgreSQL's.</exception>
    public async Task<PostgresMode> AskAsync(CancellationToken cancellationToken)
    {
        Task<PostgresMode> asking = AskServerAsync(cancellationToken);
        asking.Observe();
        PostgresMode mode = await asking.WaitAsync(cancellationToken);
        Mode = mode;
        return mode;
    }

    /// <summary>Runs statements in one transaction.</summary>
    public async Task ExecuteAsync(string[] statements, object[] parameters, CancellationToken cancellationToken)
    {
        await using NpgsqlBatch batch = new(Connection);
        for (int i = 0; i < statements.Length; i++)
        {
            NpgsqlBatchCommand command = new(statements[i]);
            if (i == statements.Length - 1)
            {
                foreach (object parameter in parameters)
                {
                    command.Parameters.Add(new NpgsqlParameter { Value = parameter });
                }
            }

            batch.BatchCommands.Add(command);
        }

        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    public async Task<string?> TextAsync(string query, int parameter, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new(query, Connection);
        command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        return await command.ExecuteScalarAsync(cancellationToken) as string;
    }

    /// <summary>Closes it in the background: a server that hangs may keep that from ending.</summary>
    public void Close() => Task.Run(CloseAsync).Observe();

    public async Task CloseAsync() => await Connection.DisposeAsync();

    private async Task<PostgresMode> AskServerAsync(CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new(Question, Connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken) || reader.FieldCount != 2)
        {
            throw new InvalidDataException("The server's answer has an unexpected form.");
        }

        return new(reader.GetBoolean(0), reader.GetBoolean(1));
    }
}

/// <summary>Which part a server plays.</summary>
/// <param name="IsStandby">It follows another one.</param>
/// <param name="IsReadOnly">It refuses writes: a standby, or <c>default_transaction_read_only</c>.</param>
internal readonly record struct PostgresMode(bool IsStandby, bool IsReadOnly)
{
    /// <summary>Whether that is what <c>target_session_attrs</c> asks for (libpq 34.1.2). <c>prefer-standby</c> takes any in the
    /// end.</summary>
    public bool Meets(string? target) =>
        target switch
        {
            "read-write" => !IsReadOnly,
            "read-only" => IsReadOnly,
            "primary" => !IsStandby,
            "standby" or "prefer-standby" => IsStandby,
            _ => true,
        };
}
