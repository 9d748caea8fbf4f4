using System.Globalization;
using System.Text;

namespace HxFunctions.Servers;

/// <summary>Just enough of RESP2 (redis.io, "Redis serialization protocol specification") to give a server an order without a client
/// library.</summary>
internal static class RespText
{
    /// <summary>Sends one command and reads its answer as text; see
    /// <see cref="RedisServer.CommandAsync(string[], CancellationToken)"/>.</summary>
    public static async Task<string> AskAsync(Stream stream, string[] arguments, CancellationToken cancellationToken)
    {
        StringBuilder command = new StringBuilder().Append(CultureInfo.InvariantCulture, $"*{arguments.Length}\r\n");
        foreach (string argument in arguments)
        {
            command.Append(CultureInfo.InvariantCulture, $"${Encoding.UTF8.GetByteCount(argument)}\r\n{argument}\r\n");
        }

        await stream.WriteAsync(Encoding.UTF8.GetBytes(command.ToString()), cancellationToken);
        return await ReadAsync(stream, cancellationToken);
    }

    private static async Task<string> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        string line = await ReadLineAsync(stream, cancellationToken);
        switch (line[0])
        {
            case '-':
                return line;
            case '+' or ':':
                return line[1..];
        }

        int length = int.Parse(line.AsSpan(1), CultureInfo.InvariantCulture);
        if (length < 0)
        {
            return "(nil)";
        }

        if (line[0] == '$')
        {
            byte[] bytes = new byte[length + 2];
            await stream.ReadExactlyAsync(bytes, cancellationToken);
            return Encoding.UTF8.GetString(bytes, 0, length);
        }

        List<string> elements = new List<string>();
        while (elements.Count < length)
        {
            elements.Add(await ReadAsync(stream, cancellationToken));
        }

        return string.Join('\n', elements);
    }

    private static async Task<string> ReadLineAsync(Stream stream, CancellationToken cancellationToken)
    {
        List<byte> line = new List<byte>();
        byte[] next = new byte[1];
        while (line is not [.., (byte)'\r', (byte)'\n'])
        {
            await stream.ReadExactlyAsync(next, cancellationToken);
            line.Add(next[0]);
        }

        return Encoding.UTF8.GetString([.. line[..^2]]);
    }
}
