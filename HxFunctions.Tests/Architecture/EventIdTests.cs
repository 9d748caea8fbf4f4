using System.Reflection;
using HxFunctions.Core.Hosting;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Tests.Architecture;

/// <summary>Alerts and queries find log lines by their event id.</summary>
public class EventIdTests
{
    [Fact]
    public void Event_id_belongs_to_one_message()
    {
        MethodInfo[] messages =
        [
            .. typeof(HxFunctionsServices)
                .Assembly.GetTypes()
                .SelectMany(type =>
                    type.GetMethods(
                        BindingFlags.Instance
                            | BindingFlags.Static
                            | BindingFlags.Public
                            | BindingFlags.NonPublic
                            | BindingFlags.DeclaredOnly
                    )
                )
                .Where(method => method.GetCustomAttribute<LoggerMessageAttribute>() is not null),
        ];
        Assert.True(messages.Length > 20, $"{messages.Length} messages");
        Assert.Empty(
            messages
                .GroupBy(method => method.GetCustomAttribute<LoggerMessageAttribute>()!.EventId)
                .Where(sameId => sameId.Count() > 1)
                .Select(sameId =>
                    $"{sameId.Key}: {string.Join(", ", sameId.Select(method => $"{method.DeclaringType!.Name}.{method.Name}"))}"
                )
        );
    }
}
