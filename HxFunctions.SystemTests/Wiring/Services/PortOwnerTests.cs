using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using HxFunctions.Servers;
using HxFunctions.Wiring.Services;

namespace HxFunctions.SystemTests.Wiring.Services;

/// <summary>This process listens; the unit is this process, a parent of it, or another.</summary>
public sealed class PortOwnerTests : IDisposable
{
    private const int NoProcess = 5_000_000; // More than Linux gives (proc(5), pid_max).

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public PortOwnerTests() => _listener.Start();

    private int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    public void Port_of_the_units_process_is_the_units(string host)
    {
        SystemctlResult result = Check(host, Port, Environment.ProcessId);

        Assert.Equal((true, false), (result.Ok, result.IsUnknown));
        Assert.Equal($"process {Environment.ProcessId}", result.Detail);
    }

    [Theory]
    [InlineData("0.0.0.0", "127.0.0.1")]
    [InlineData("::", "127.0.0.1")]
    [InlineData("::", "[::1]")]
    [InlineData("::1", "[::1]")]
    public void Any_address_and_IPv6_are_found(string bound, string host)
    {
        IPAddress address = IPAddress.Parse(bound);
        using Socket listening = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            listening.DualMode = true;
        }

        listening.Bind(new IPEndPoint(address, 0));
        listening.Listen();

        Assert.Equal(
            $"process {Environment.ProcessId}",
            Check(host, ((IPEndPoint)listening.LocalEndPoint!).Port, Environment.ProcessId).Detail
        );
    }

    [Fact]
    public void Port_of_a_child_of_the_units_process_is_the_units()
    {
        string stat = File.ReadAllText("/proc/self/stat");
        int parent = int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);

        Assert.Equal($"process {Environment.ProcessId}", Check("127.0.0.1", Port, parent).Detail);
    }

    [Fact]
    public void Port_of_another_process_fails_with_its_id_and_name()
    {
        using Process other = Process.Start("/bin/sleep", ["60"]);
        try
        {
            SystemctlResult result = Check("127.0.0.1", Port, other.Id);

            Assert.False(result.Ok);
            Assert.Contains($"process {Environment.ProcessId} (", result.Detail, StringComparison.Ordinal);
            Assert.Contains("--gateway", result.Advice, StringComparison.Ordinal);
        }
        finally
        {
            ProcessTree.Signal(other.Id, ProcessTree.Kill);
        }
    }

    /// <summary>Also when it is the main process by its number: that may be of another namespace.</summary>
    [Fact]
    public void Control_group_goes_before_parents() =>
        Assert.False(Check("127.0.0.1", Port, Environment.ProcessId, "/system.slice/litellm.service").Ok);

    [Theory]
    [InlineData("0::/system.slice/a.service", true)]
    [InlineData("0::/system.slice/a.service/worker", true)]
    [InlineData("9:name=systemd:/system.slice/a.service", true)]
    [InlineData("0::/system.slice/a.service2", false)]
    [InlineData("3:memory:/system.slice/a.service", false)]
    [InlineData("", false)]
    public void Control_group_is_found_in_what_the_kernel_says(string line, bool expected) =>
        Assert.Equal(expected, PortOwner.IsInControlGroup(line, "/system.slice/a.service"));

    [Theory]
    [InlineData("192.0.2.1", 0)]
    [InlineData("gateway.invalid", 0)]
    [InlineData("127.0.0.1", NoProcess)]
    public void What_cannot_be_known_is_said_to_be_so(string host, int process)
    {
        SystemctlResult result = Check(host, Port, process == 0 ? Environment.ProcessId : process);

        Assert.True(result is { Ok: true, IsUnknown: true });
        Assert.StartsWith("unknown", result.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Port_that_nobody_listens_on_is_not_known() =>
        Assert.Contains("no socket", Check("127.0.0.1", FreePort.Next(), Environment.ProcessId).Detail, StringComparison.Ordinal);

    public void Dispose() => _listener.Dispose();

    private static SystemctlResult Check(string host, int port, int process, string group = "")
    {
        UnitState state = UnitState.Parse($"LoadState=loaded\nActiveState=active\nMainPID={process}\nControlGroup={group}\n");
        UnitName name = UnitName.TryParse("litellm", out UnitName? parsed, out _) ? parsed : throw new InvalidOperationException();
        return new PortOwner(name, state).Check(new($"http://{host}:{port}"));
    }
}
