using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using HxFunctions.Cli.LocalHost;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Azure.Functions.Worker;

namespace HxFunctions.Tests.LocalHost;

[SuppressMessage("Design", "CA1034", Justification = "Functions must be public.")]
public class FunctionCatalogTests
{
    [Fact]
    public void Functions_are_found_in_the_host_s_order()
    {
        FunctionCatalog catalog = FunctionCatalog.FromTypes(typeof(KeyedFunctions), typeof(TimerFunctions));

        Assert.Equal(
            ["AdminLevel", "AnonymousLevel", "FunctionLevel", "SystemLevel", "UserLevel"],
            catalog.Http.Select(function => function.Name)
        );
        Assert.Equal(["EveryHour", "EveryTenSeconds"], catalog.Timers.Select(function => function.Name));
    }

    [Fact]
    public void All_functions_of_hx_are_found_and_can_be_served()
    {
        Assembly hx = typeof(FunctionCatalog).Assembly;

        FunctionCatalog found = FunctionCatalog.FromAssembly(hx);

        // A function in a class that isn't public would be found among all types, and refused.
        FunctionCatalog all = FunctionCatalog.FromTypes(hx.GetTypes());
        Assert.Equal(all.Http.Select(function => function.Name), found.Http.Select(function => function.Name));
        Assert.Equal(all.Timers.Select(function => function.Name), found.Timers.Select(function => function.Name));
        Assert.NotEmpty(found.Http);
    }

    [Theory]
    [InlineData(typeof(SameName), "Same: 2 functions have this name.")]
    [InlineData(typeof(SameRoute), "B: the route 'X/{b}' and a method of it are taken by A already.")]
    [InlineData(
        typeof(HiddenRoute),
        "B: the Functions host tries routes by function name, so that 'x/{a}' of A would hide 'x/y'; rename one of them."
    )]
    [InlineData(typeof(ReservedRoute), "Reserved: the route 'Administrators' begins with 'admin' or 'runtime', which belong to the host.")]
    [InlineData(typeof(ReservedName), "runtimes: the route 'runtimes' begins with 'admin' or 'runtime', which belong to the host.")]
    [InlineData(typeof(SlashRoute), "Slash: the route '/x' must not begin with '/' or '~'.")]
    [InlineData(typeof(NoTrigger), "NoTrigger: it has 0 trigger parameters, and needs one.")]
    [InlineData(typeof(TwoTriggers), "TwoTriggers: it has 2 trigger parameters, and needs one.")]
    [InlineData(typeof(WrongTriggerType), "WrongTriggerType: its trigger parameter 'timer' must be of type TimerInfo.")]
    [InlineData(typeof(HiddenMethod), "HiddenMethod: the method and its class must be public.")]
    [InlineData(
        typeof(BadName),
        "1st: the name must begin with a letter, have only letters, digits, '-' and '_', at most 128, and not be 'host'."
    )]
    [InlineData(
        typeof(UnknownParameter),
        "UnknownParameter: the parameter 'id' is neither the trigger, a string named in the route, a CancellationToken nor a FunctionContext."
    )]
    [InlineData(typeof(AbsentParameter), "AbsentParameter: the parameter 'path' may be absent from the route and must be 'string?'.")]
    [InlineData(
        typeof(TimerParameter),
        "TimerParameter: the parameter 'id' is neither the trigger, a CancellationToken nor a FunctionContext."
    )]
    [InlineData(typeof(OtherResult), "OtherResult: it must return IResult or nothing, at once or as a task.")]
    [InlineData(typeof(TaskOfDerived), "TaskOfDerived: it must return IResult or nothing, at once or as a task.")]
    [InlineData(typeof(TimerResult), "TimerResult: it must return nothing, at once or as a task.")]
    public void Function_that_the_host_would_refuse_is_refused(Type type, string problem)
    {
        FunctionCatalogException exception = Assert.Throws<FunctionCatalogException>(() => FunctionCatalog.FromTypes(type));

        Assert.Equal([problem], exception.Problems);
        Assert.Contains(problem, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Route_that_is_no_template_is_refused()
    {
        FunctionCatalogException exception = Assert.Throws<FunctionCatalogException>(() => FunctionCatalog.FromTypes(typeof(BrokenRoute)));

        Assert.StartsWith("Broken: the route 'x/{' is not a route template: ", Assert.Single(exception.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void All_problems_are_reported_at_once()
    {
        FunctionCatalogException exception = Assert.Throws<FunctionCatalogException>(() =>
            FunctionCatalog.FromTypes(typeof(NoTrigger), typeof(SameRoute), typeof(OtherResult))
        );

        Assert.Equal(3, exception.Problems.Count);
    }

    [Theory]
    [InlineData("a", "a", true)]
    [InlineData("a", "A", true)]
    [InlineData("a", "b", false)]
    [InlineData("a", "a/b", false)]
    [InlineData("a/{x}", "a/b", true)]
    [InlineData("a/{x}", "a", false)]
    [InlineData("a/{x?}", "a", true)]
    [InlineData("a/{x}", "{y}/b", true)]
    [InlineData("a/{*x}", "a", true)]
    [InlineData("a/{*x}", "a/b/c", true)]
    [InlineData("a/{*x}", "b/c", false)]
    [InlineData("{*x}", "a/b", true)]
    [InlineData("a-{x}", "a-b", true)]
    public void Routes_overlap_when_a_path_matches_both(string one, string other, bool expected)
    {
        Assert.Equal(expected, RouteOverlap.Exists(RoutePatternFactory.Parse(one), RoutePatternFactory.Parse(other)));
        Assert.Equal(expected, RouteOverlap.Exists(RoutePatternFactory.Parse(other), RoutePatternFactory.Parse(one)));
    }

    public sealed class SameName
    {
        [Function("Same")]
        public void One([HttpTrigger(AuthorizationLevel.Anonymous, Route = "one")] HttpRequest request) { }

        [Function("same")]
        public void Other([TimerTrigger("0 * * * * *")] TimerInfo timer) { }
    }

    public sealed class SameRoute
    {
        [Function("A")]
        public void A([HttpTrigger(AuthorizationLevel.Anonymous, "get", "post", Route = "x/{a}")] HttpRequest request, string a) { }

        [Function("B")]
        public void B([HttpTrigger(AuthorizationLevel.Anonymous, "POST", Route = "X/{b}")] HttpRequest request, string b) { }
    }

    public sealed class HiddenRoute
    {
        [Function("A")]
        public void A([HttpTrigger(AuthorizationLevel.Anonymous, Route = "x/{a}")] HttpRequest request, string a) { }

        [Function("B")]
        public void B([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "x/y")] HttpRequest request) { }
    }

    public sealed class ReservedRoute
    {
        [Function("Reserved")]
        public void Run([HttpTrigger(AuthorizationLevel.Anonymous, Route = "Administrators")] HttpRequest request) { }
    }

    public sealed class ReservedName
    {
        [Function("runtimes")]
        public void Run([HttpTrigger(AuthorizationLevel.Anonymous)] HttpRequest request) { }
    }

    public sealed class SlashRoute
    {
        [Function("Slash")]
        public void Run([HttpTrigger(AuthorizationLevel.Anonymous, Route = "/x")] HttpRequest request) { }
    }

    public sealed class BrokenRoute
    {
        [Function("Broken")]
        public void Run([HttpTrigger(AuthorizationLevel.Anonymous, Route = "x/{")] HttpRequest request) { }
    }

    public sealed class NoTrigger
    {
        [Function("NoTrigger")]
        public void Run(HttpRequest request) { }
    }

    public sealed class TwoTriggers
    {
        [Function("TwoTriggers")]
        public void Run([HttpTrigger(AuthorizationLevel.Anonymous)] HttpRequest request, [TimerTrigger("0 * * * * *")] TimerInfo timer) { }
    }

    public sealed class WrongTriggerType
    {
        [Function("WrongTriggerType")]
        public void Run([TimerTrigger("0 * * * * *")] string timer) { }
    }

    public sealed class HiddenMethod
    {
        [Function("HiddenMethod")]
        internal void Run([TimerTrigger("0 * * * * *")] TimerInfo timer) { }
    }

    public sealed class BadName
    {
        [Function("1st")]
        public void Run([TimerTrigger("0 * * * * *")] TimerInfo timer) { }
    }

    public sealed class UnknownParameter
    {
        [Function("UnknownParameter")]
        public void Run([HttpTrigger(AuthorizationLevel.Anonymous, Route = "x/{name}")] HttpRequest request, string name, string id) { }
    }

    public sealed class AbsentParameter
    {
        [Function("AbsentParameter")]
        public void Run([HttpTrigger(AuthorizationLevel.Anonymous, Route = "x/{*path}")] HttpRequest request, string path) { }
    }

    public sealed class TimerParameter
    {
        [Function("TimerParameter")]
        public void Run([TimerTrigger("0 * * * * *")] TimerInfo timer, string id) { }
    }

    public sealed class OtherResult
    {
        [Function("OtherResult")]
        public Task<string> Run([HttpTrigger(AuthorizationLevel.Anonymous)] HttpRequest request) => Task.FromResult("");
    }

    public sealed class TaskOfDerived
    {
        [Function("TaskOfDerived")]
        public Task<FunctionCallTests.OwnResult> Run([HttpTrigger(AuthorizationLevel.Anonymous)] HttpRequest request) =>
            Task.FromResult(new FunctionCallTests.OwnResult());
    }

    public sealed class TimerResult
    {
        [Function("TimerResult")]
        public Task<int> Run([TimerTrigger("0 * * * * *")] TimerInfo timer) => Task.FromResult(1);
    }
}
