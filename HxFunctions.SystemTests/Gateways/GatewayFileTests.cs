using Xunit.Sdk;

namespace HxFunctions.SystemTests.Gateways;

/// <summary>What the fixtures change in a gateway's ready files.</summary>
public class GatewayFileTests
{
    /// <summary>A free port may begin with the digits of a port in the file.</summary>
    [Fact]
    public void Change_is_not_made_in_what_another_has_put_there() =>
        Assert.Equal(
            "ask 127.0.0.1:40007, pass 127.0.0.1:20186, by 127.0.0.1:20189 on :20189",
            GatewayFile.Change(
                "ask 127.0.0.1:8001, pass 127.0.0.1:4000, by 127.0.0.1:2018 on :2018",
                ("127.0.0.1:8001", "127.0.0.1:40007"),
                ("127.0.0.1:4000", "127.0.0.1:20186"),
                ("127.0.0.1:2018", "127.0.0.1:20189"),
                (":2018", ":20189")
            )
        );

    [Theory]
    [InlineData(":8002")]
    [InlineData(":4000")]
    public void Change_without_its_place_fails(string before) =>
        Assert.Equal(
            $"Not in the file: {before}",
            Assert.Throws<TrueException>(() => GatewayFile.Change("ask :8001", (":8001", ":40007"), (before, "1"))).Message
        );

    [Fact]
    public void No_change_leaves_the_text() => Assert.Equal("ask :8001", GatewayFile.Change("ask :8001"));
}
