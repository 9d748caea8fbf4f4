using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing.Patterns;

namespace HxFunctions.Cli.LocalHost;

/// <summary>
/// Finds the function of a route without parameters by the path as a whole: such a route comes before any with parameters in ASP.NET's
/// routing, too. What isn't found here is left to that: another method, a slash at the end, a parameter.
/// </summary>
/// <remarks>
/// Routing makes a table of all routes when it is first asked, and code for it: some 200 methods to compile, a tenth of a second before the
/// first answer. The first answer of <c>/guard</c> doesn't wait for that; <c>/guard/check</c>, whose route takes any path, does.
/// </remarks>
internal sealed class LiteralRoutes
{
    // Routes don't tell upper case from lower case.
    private readonly Dictionary<string, List<MappedFunction>> _functions = new(StringComparer.OrdinalIgnoreCase);

    public LiteralRoutes(IEnumerable<MappedFunction> functions)
    {
        foreach (MappedFunction function in functions)
        {
            if (function.Pattern.Parameters.Count > 0)
            {
                continue;
            }

            string path =
                "/"
                + string.Join('/', function.Pattern.PathSegments.Select(segment => ((RoutePatternLiteralPart)segment.Parts[0]).Content));
            if (_functions.TryGetValue(path, out List<MappedFunction>? others))
            {
                others.Add(function);
            }
            else
            {
                _functions.Add(path, [function]);
            }
        }
    }

    public void Use(IApplicationBuilder app) =>
        app.Use(next =>
            context =>
            {
                if (Find(context.Request) is not { } function)
                {
                    return next(context);
                }
                // As routing does: the server's metrics have the route from here.
                context.SetEndpoint(function.Endpoint);
                return function.Run(context);
            }
        );

    private MappedFunction? Find(HttpRequest request)
    {
        if (!_functions.TryGetValue(request.Path.Value ?? "", out List<MappedFunction>? functions))
        {
            return null;
        }

        string method = request.Method;
        foreach (MappedFunction function in functions)
        {
            if (function.Answers(method))
            {
                return function;
            }
        }

        return null;
    }
}
