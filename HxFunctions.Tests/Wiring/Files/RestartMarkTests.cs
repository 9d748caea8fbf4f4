using HxFunctions.Wiring.Files;

namespace HxFunctions.Tests.Wiring.Files;

/// <summary>Two configurations share one folder, and each is restarted by itself.</summary>
public sealed class RestartMarkTests : IDisposable
{
    private const string Old = "The services have not been restarted since files were changed.\n";

    private readonly WorkFolder _state = new();
    private readonly RestartMark _one;
    private readonly RestartMark _two;

    public RestartMarkTests()
    {
        _one = new(_state.Root, "/etc/one/config.yaml");
        _two = new(_state.Root, "/etc/two/config.yaml");
    }

    [Fact]
    public void Mark_of_one_configuration_says_nothing_of_another()
    {
        _one.Set();
        Assert.Equal((true, false), (_one.IsSet, _two.IsSet));

        _two.Clear();
        Assert.True(_one.IsSet);

        _two.Set();
        _two.Set();
        _one.Clear();
        Assert.Equal((false, true), (_one.IsSet, _two.IsSet));

        _two.Clear();
        Assert.Equal("", _state.Listing);
    }

    /// <summary>Of a version that wrote no configuration into it.</summary>
    [Fact]
    public void Old_mark_is_anybodys()
    {
        _state.Write("restart-needed", Old);
        Assert.Equal((true, true), (_one.IsSet, _two.IsSet));

        _one.Set();
        Assert.True(_two.IsSet);

        _two.Clear();
        Assert.Equal((true, false), (_one.IsSet, _two.IsSet));
    }

    public void Dispose() => _state.Dispose();
}
