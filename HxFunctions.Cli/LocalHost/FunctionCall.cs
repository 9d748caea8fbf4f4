using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace HxFunctions.Cli.LocalHost;

/// <summary>Calls an HTTP function: its arguments come from the request, its result is the answer.</summary>
/// <remarks>
/// ASP.NET's RequestDelegateFactory does this for any signature, from compiled expressions: a tenth of a second before the first answer. Functions have few
/// signatures (<see cref="FunctionRules"/>).
/// </remarks>
internal static class FunctionCall
{
    /// <summary>What answers a request by calling the function. What the function throws comes through, at once or later.</summary>
    /// <param name="instance">The object to call it on; null for a static method.</param>
    public static RequestDelegate Create(HttpFunction function, object? instance)
    {
        MethodInfo method = function.Method;
        ParameterInfo[] parameters = method.GetParameters();
        // Most take the request and nothing else, the guard among them: no reflection for them, and no boxes.
        if (parameters.Length == 1 && method.ReturnType == typeof(Task<IResult>))
        {
            Func<HttpRequest, Task<IResult>> call = method.CreateDelegate<Func<HttpRequest, Task<IResult>>>(instance);
            return context => WriteAsync(call(context.Request), context);
        }

        MethodInvoker invoker = MethodInvoker.Create(method);
        Func<HttpContext, object?>[] arguments = [.. parameters.Select(parameter => Argument(function, parameter))];
        bool returnsNothing = method.ReturnType == typeof(void);
        return context =>
        {
            object?[] values = Array.ConvertAll(arguments, argument => argument(context));
            object? result = invoker.Invoke(instance, values.AsSpan());
            return returnsNothing ? Task.CompletedTask : WriteAsync(result, context);
        };
    }

    private static Func<HttpContext, object?> Argument(HttpFunction function, ParameterInfo parameter) => parameter.ParameterType switch
    {
        Type type when type == typeof(HttpRequest) => context => context.Request,
        Type type when type == typeof(CancellationToken) => context => context.RequestAborted,
        Type type when type == typeof(FunctionContext) =>
            context => new LocalFunctionContext(function.Definition, context.RequestServices, context.RequestAborted),
        _ => context => context.Request.RouteValues[parameter.Name!],
    };

    private static Task WriteAsync(Task<IResult> result, HttpContext context) => result.IsCompletedSuccessfully
        ? Checked(result.Result).ExecuteAsync(context)
        : AwaitAsync(result, context);

    private static Task WriteAsync(object? result, HttpContext context) => result switch
    {
        Task<IResult> task => WriteAsync(task, context),
        ValueTask<IResult> task => WriteAsync(task.AsTask(), context),
        ValueTask task => task.AsTask(),
        Task task => task,
        _ => Checked((IResult?)result).ExecuteAsync(context),
    };

    private static async Task AwaitAsync(Task<IResult> result, HttpContext context) => await Checked(await result).ExecuteAsync(context);

    /// <summary>No result must not become an empty 200: that is how a guard says open.</summary>
    private static IResult Checked(IResult? result) => result ?? throw new InvalidOperationException("The function returned null.");
}
