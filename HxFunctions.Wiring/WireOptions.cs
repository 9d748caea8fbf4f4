using HxFunctions.Wiring.Services;
using HxFunctions.Wiring.Yaml;

namespace HxFunctions.Wiring;

/// <summary>What <c>hx wire</c> works on. Paths are absolute.</summary>
/// <param name="Config">LiteLLM's <c>config.yaml</c>.</param>
/// <param name="WrapperEnvironment">The wrapper's environment file: it has the URLs.</param>
/// <param name="LiteLlmEnvironment">LiteLLM's own environment file.</param>
/// <param name="Link">A path where the configuration is looked for, too: becomes a symlink to <paramref name="Config"/>.</param>
/// <param name="Service">LiteLLM's unit.</param>
/// <param name="Wrapper">The wrapper's unit; <see langword="null"/>: there is none.</param>
/// <param name="UnitDirectory">Where the drop-in's folder goes; <c>/etc/systemd/system</c>.</param>
/// <param name="State">A folder for the backups, the lock and the mark of an unfinished run.</param>
/// <param name="Keep">How many backups are kept.</param>
/// <param name="Literal">Values go into the configuration itself.</param>
/// <param name="WrapperKeys">Whether the configuration has keys that only the old wrapper reads.</param>
/// <param name="More">What <c>--set</c> asks for.</param>
/// <param name="Probe">Whether the dependencies are probed first.</param>
/// <param name="Restart">Whether the services are restarted.</param>
/// <param name="Gateway">LiteLLM's base URL.</param>
/// <param name="Timeout">How long the services have to come up and stay up.</param>
/// <param name="Settle">How long a service has to stay up before it is believed.</param>
internal sealed record WireOptions(
    string Config,
    string WrapperEnvironment,
    string LiteLlmEnvironment,
    string? Link,
    UnitName Service,
    UnitName? Wrapper,
    string UnitDirectory,
    string State,
    int Keep,
    bool Literal,
    bool WrapperKeys,
    IReadOnlyList<YamlSetting> More,
    bool Probe,
    bool Restart,
    Uri Gateway,
    TimeSpan Timeout,
    TimeSpan Settle
)
{
    public string DropIn => Path.Combine(UnitDirectory, $"{Service}.d", Wiring.DropIn.FileName);
}
