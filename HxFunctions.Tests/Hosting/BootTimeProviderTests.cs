using System.Globalization;
using HxFunctions.Core.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace HxFunctions.Tests.Hosting;

public class BootTimeProviderTests
{
    /// <summary>
    /// Linux's uptime counts sleep, by hundredths of a second. On a machine that has never slept .NET's own timestamps say the same; within
    /// <c>unshare --time --boottime 86400</c> they are a day behind.
    /// </summary>
    [Fact]
    public void Timestamps_of_the_product_count_the_time_for_which_the_machine_slept()
    {
        using ServiceProvider services = new ServiceCollection()
            .AddLogging()
            .AddHxFunctions(new ConfigurationBuilder().Build())
            .BuildServiceProvider();
        TimeProvider time = services.GetRequiredService<TimeProvider>();

        double before = Uptime();
        double counted = (double)time.GetTimestamp() / time.TimestampFrequency;
        double after = Uptime();

        Assert.IsType<BootTimeProvider>(time);
        Assert.InRange(counted, before - 0.02, after + 0.02);
    }

    private static double Uptime() =>
        double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], NumberStyles.Float, CultureInfo.InvariantCulture);
}
