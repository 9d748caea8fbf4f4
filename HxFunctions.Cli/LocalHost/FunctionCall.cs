using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace HxFunctions.Cli.LocalHost;

/// <summary>Calls an HTTP function: its arguments come from the request, its result is the answer.</summary>
/// <remarks>
/// ASP.NET's RequestDelegateFactory does this for any signature, from compiled expressions: a tenth of a second before the first answer.
/// Functions have few signatures (<see cref="FunctionRules"/>).
/// </remarks>
internal static class FunctionCall
{
    /// <summary>What calls the function for a request. What the function throws comes through, at once or later.</summary>
    /// <param name="instance">The object to call it on; null for a static method.</param>
    public static Func<HttpContext, Task<IResult>> Create(HttpFunction function, object? instance)
    {
        MethodInfo method = function.Method;
        ParameterInfo[] parameters = method.GetParameters();
        // Most take the request and nothing else, the guard among them: no reflection for them, and no boxes.
        if (parameters.Length == 1 && method.ReturnType == typeof(Task<IResult>))
        {
            Func<HttpRequest, Task<IResult>> call = method.CreateDelegate<Func<HttpRequest, Task<IResult>>>(instance);
            return context => call(context.Request);
        }

        MethodInvoker invoker = MethodInvoker.Create(method);
        Func<HttpContext, object?>[] arguments = [.. parameters.Select(parameter => Argument(function, parameter))];
        bool returnsNothing = method.ReturnType == typeof(void);
        return context =>
        {
            object?[] values = Array.ConvertAll(arguments, argument => argument(context));
            object? result = invoker.Invoke(instance, values.AsSpan());
            return returnsNothing ? Task.FromResult(Nothing.Instance) : AsTask(result);
        };
    }

    private static Func<HttpContext, object?> Argument(HttpFunction function, ParameterInfo parameter) =>
        parameter.ParameterType switch
        {
            Type type when type == typeof(HttpRequest) => context => context.Request,
            Type type when type == typeof(CancellationToken) => context => context.RequestAborted,
            Type type when type == typeof(FunctionContext) => context => new LocalFunctionContext(
                function.Definition,
                context.RequestServices,
                context.RequestAborted
            ),
            _ => context => context.Request.RouteValues[parameter.Name!],
        };

    private static Task<IResult> AsTask(object? result) =>
        result switch
        {
            Task<IResult> task => task,
            ValueTask<IResult> task => task.AsTask(),
            ValueTask task => NothingAfterAsync(task.AsTask()),
            Task task => NothingAfterAsync(task),
            _ => Task.FromResult((IResult)result!),
        };

    private static async Task<IResult> NothingAfterAsync(Task task)
    {
        await task;
        return Nothing.Instance;
    }

    /// <summary>What a function that returns nothing answers: 200 with no body.</summary>
    private sealed class Nothing : IResult
    {
        public static readonly IResult Instance = new Nothing();

        public Task ExecuteAsync(HttpContext httpContext) => Task.CompletedTask;
    }
}
