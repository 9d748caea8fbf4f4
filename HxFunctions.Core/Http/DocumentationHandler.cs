using HxFunctions.Core.Http.Status;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.Core.Http;

/// <summary><c>/openapi.json</c>: the description of the endpoints, as it lies in the repository.</summary>
internal sealed class DocumentationHandler
{
    private readonly Lazy<byte[]> _document = new(ReadDocument);

    public Task<IResult> OpenApiAsync() => Task.FromResult<IResult>(new RevalidatedAnswer(JsonAnswer.Json, _document.Value));

    private static byte[] ReadDocument()
    {
        using Stream stream = typeof(DocumentationHandler).Assembly.GetManifestResourceStream("HxFunctions.Core.openapi.json")!;
        using MemoryStream copy = new();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
