using System.Globalization;
using HxFunctions.Peers;

if (args is not [var port] || !int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
{
    Console.Error.WriteLine("peer PORT");
    return 2;
}

return await HealthChecksApp.RunAsync(number);
