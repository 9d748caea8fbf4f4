using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace HxFunctions.Tests.Serving;

/// <summary>An HTTP client that sends the request target and the headers exactly as given, which HttpClient doesn't.</summary>
internal static class RawHttp
{
    public static async Task<RawResponse> SendAsync(Uri address, string requestLine, string body = "", params string[] headers)
    {
        using TcpClient client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        await using NetworkStream stream = client.GetStream();
        string length = body.Length == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n");
        string head = string.Concat(headers.Select(header => header + "\r\n"));
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes($"{requestLine} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{length}{head}\r\n{body}")
        );
        using StreamReader reader = new StreamReader(stream, Encoding.ASCII);
        return RawResponse.Parse(await reader.ReadToEndAsync());
    }
}

/// <summary>An answer as it came.</summary>
internal sealed record RawResponse(int Status, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public static RawResponse Parse(string text)
    {
        int end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        string[] lines = text[..end].Split("\r\n");
        Dictionary<string, string> headers = lines
            .Skip(1)
            .Select(line => line.Split(": ", 2))
            .GroupBy(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase)
            .ToDictionary(values => values.Key, values => string.Join(", ", values), StringComparer.OrdinalIgnoreCase);
        return new RawResponse(int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture), headers, text[(end + 4)..]);
    }
}
