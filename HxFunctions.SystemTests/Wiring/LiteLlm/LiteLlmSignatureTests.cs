using HxFunctions.Wiring.LiteLlm;

namespace HxFunctions.SystemTests.Wiring.LiteLlm;

/// <summary><c>litellm-arguments.tsv</c>, held against the redis-py that is installed.</summary>
public sealed class LiteLlmSignatureTests
{
    [Fact]
    public async Task Arguments_of_redis_py_are_those_of_its_signatures()
    {
        LiteLlmSeen seen = await LiteLlmPython.RunAsync();
        Assert.Equal(LiteLlmPython.Release.RedisPy, seen.Version);
        string[] takers = [ClientArguments.Redis, ClientArguments.AsyncRedis, ClientArguments.Connection, ClientArguments.TlsConnection];
        Assert.Equal(takers.Order(), seen.Signatures.Keys.Order());
        foreach ((string taker, string[] names) in seen.Signatures)
        {
            Assert.Equal(names, ClientArguments.Of(taker, seen.Version));
        }
    }
}
