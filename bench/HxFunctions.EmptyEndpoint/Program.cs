using System.Globalization;
using HxFunctions.Peers;

if (
    args is not [("empty" or "plain") and var mode, var port]
    || !int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
)
{
    Console.Error.WriteLine("empty empty|plain PORT");
    return 2;
}

return await EmptyEndpoint.RunAsync(number, logsRequests: mode == "plain");
