using Microsoft.AspNetCore.Http;

namespace HxFunctions.AspNetCore;

/// <summary>
/// Asks the guard about each request, and lets pass what is open. It reads neither the request's body nor the answer's, so that uploads,
/// streams and websockets are as they would be without it.
/// </summary>
internal sealed class HxGuardMiddleware(RequestDelegate next, GuardGate gate, GatewayMeter meter)
{
    public async Task InvokeAsync(HttpContext context)
    {
        // Nobody but the guard says what the verdict is.
        context.Request.Headers.Remove(GuardClient.VerdictHeader);
        GuardQuestion question = GuardQuestion.Of(context);
        try
        {
            GateDecision decision = await gate.DecideAsync(question, context.RequestAborted);
            meter.Decided(decision.Passage);
            if (!decision.Passes)
            {
                await RefuseAsync(context, question, decision);
                return;
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone; nobody is left to be answered.
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return;
        }

        await next(context);
    }

    private async Task RefuseAsync(HttpContext context, GuardQuestion question, GateDecision decision)
    {
        if (decision.Passage == Passage.Unreachable)
        {
            await Refusal.WriteUnreachableAsync(context);
        }
        else if (HttpMethods.IsHead(context.Request.Method))
        {
            await Refusal.WriteClosedAsync(context, decision.RetryAfter, []);
        }
        else if (await gate.WordsAsync(question, context.RequestAborted) is { Words: { } words } answer)
        {
            await Refusal.WriteClosedAsync(context, answer.RetryAfter, words);
        }
        else
        {
            await Refusal.WriteUnreachableAsync(context);
        }
    }
}
