using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace HxFunctions.Tests.Bypass;

/// <summary>Sends targets and headers as they are, thousands over one connection. For answers that end with their headers, or behind which
/// the server closes the connection.</summary>
internal sealed class KeptAliveHttp(Uri address) : IDisposable
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private TcpClient? _client;

    /// <returns>The status.</returns>
    public async Task<int> HeadAsync(string target, params string[] headers)
    {
        string answer = await SendAsync("HEAD", target, headers);
        Assert.True(answer.EndsWith("\r\n\r\n", StringComparison.Ordinal), $"No answer to {target}: '{answer}'");
        return StatusOf(answer);
    }

    /// <returns>The answer as text; empty when there is none.</returns>
    public async Task<string> SendAsync(string method, string target, params string[] headers)
    {
        byte[] request = Encoding.UTF8.GetBytes(
            $"{method} {target} HTTP/1.1\r\nHost: test\r\n{string.Concat(headers.Select(header => header + "\r\n"))}\r\n"
        );
        string answer = await TryAsync(request);
        // The server may have closed the connection after the last answer. And one that refuses before it has read everything resets the
        // connection, which may overtake its answer.
        for (int again = 0; answer.Length == 0 && again < 5; again++)
        {
            answer = await TryAsync(request);
        }

        if (answer.Contains("Connection: close", StringComparison.OrdinalIgnoreCase))
        {
            Close();
        }

        return answer;
    }

    public static int StatusOf(string answer) => int.Parse(answer.AsSpan(9, 3), CultureInfo.InvariantCulture);

    public void Dispose() => Close();

    private async Task<string> TryAsync(byte[] request)
    {
        _client ??= new TcpClient(address.Host, address.Port) { NoDelay = true };
        try
        {
            NetworkStream stream = _client.GetStream();
            await stream.WriteAsync(request);
            StringBuilder answer = new();
            while (!answer.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
            {
                int read = await stream.ReadAsync(_buffer);
                if (read == 0)
                {
                    Close();
                    break;
                }

                answer.Append(Encoding.Latin1.GetString(_buffer, 0, read));
            }

            return answer.ToString();
        }
        catch (IOException)
        {
            Close();
            return "";
        }
    }

    private void Close()
    {
        _client?.Dispose();
        _client = null;
    }
}
