using System.Globalization;
using HxFunctions.Peers;

return args is [var mode, var port] && int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
    ? mode switch
    {
        "empty" => await EmptyEndpoint.RunAsync(number),
        "plain" => await EmptyEndpoint.RunAsync(number, logsRequests: true),
        "healthchecks" => await HealthChecksApp.RunAsync(number),
        _ => Usage(),
    }
    : Usage();

static int Usage()
{
    Console.Error.WriteLine("peer empty|plain|healthchecks PORT");
    return 2;
}
