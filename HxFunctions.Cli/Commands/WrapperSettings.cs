using System.Globalization;
using System.Net;
using HxFunctions.Cli.Serving;
using HxFunctions.Core.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Cli.Commands;

/// <summary>The variables of <c>hx serve</c>.</summary>
internal sealed record WrapperSettings(
    IPAddress Host,
    int Port,
    LogLevel LogLevel,
    bool LogsJson,
    HostKeys Keys,
    IReadOnlyList<ConfigurationProblem> Problems
)
{
    /// <summary>Where <c>hx serve</c> answers on this machine. One that listens everywhere listens here, too.</summary>
    public string LocalUrl =>
        $"http://{new IPEndPoint(Host.Equals(IPAddress.Any) || Host.Equals(IPAddress.IPv6Any) ? IPAddress.Loopback : Host, Port)}";

    public static WrapperSettings Read(IConfiguration configuration)
    {
        List<ConfigurationProblem> problems = [];
        string Text(string variable) =>
            configuration[variable]?.Trim() is { Length: > 0 } text ? text : Variables.ByName[variable].Default ?? "";
        void Problem(string variable, string problem) => problems.Add(new(variable, problem));

        string host = Text(Variables.WrapperHost);
        if (!IPAddress.TryParse(host == "localhost" ? "127.0.0.1" : host, out IPAddress? address))
        {
            Problem(Variables.WrapperHost, "must be an IP address, or localhost");
            address = IPAddress.Loopback;
        }

        if (!int.TryParse(Text(Variables.WrapperPort), NumberStyles.None, CultureInfo.InvariantCulture, out int port) || port > 65535)
        {
            Problem(Variables.WrapperPort, "must be a port from 0 (any free one) to 65535");
        }

        LogLevel? level = Text(Variables.WrapperLogLevel).ToUpperInvariant() switch
        {
            "TRACE" => LogLevel.Trace,
            "DEBUG" => LogLevel.Debug,
            "INFO" or "INFORMATION" => LogLevel.Information,
            "WARNING" or "WARN" => LogLevel.Warning,
            "ERROR" => LogLevel.Error,
            "CRITICAL" => LogLevel.Critical,
            _ => null,
        };
        if (level is null)
        {
            Problem(Variables.WrapperLogLevel, "must be DEBUG, INFO, WARNING or ERROR");
        }

        string format = Text(Variables.WrapperLogFormat).ToUpperInvariant();
        if (format is not ("TEXT" or "JSON"))
        {
            Problem(Variables.WrapperLogFormat, "must be text or json");
        }

        if (!HostKeys.TryParse(Text(Variables.WrapperKeys), out HostKeys keys, out IReadOnlyList<string> wrong))
        {
            foreach (string problem in wrong)
            {
                Problem(Variables.WrapperKeys, problem);
            }
        }
        else if (keys.IsEmpty && !IPAddress.IsLoopback(address))
        {
            Problem(
                Variables.WrapperHost,
                $"must be a loopback address if {Variables.WrapperKeys} is empty: without keys, anyone in the network could call "
                    + "every endpoint"
            );
        }

        return new(address, port, level ?? LogLevel.Information, format == "JSON", keys, problems);
    }
}
