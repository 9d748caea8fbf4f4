using Microsoft.CodeAnalysis;

namespace HxFunctions.SystemTests.Gateways.Apim;

/// <summary>
/// The types, and for some the members, that API Management lets expressions use: the table of
/// learn.microsoft.com/azure/api-management/api-management-policy-expressions, but for cryptography other than hashes, certificates and
/// XML, which have no place here. <c>System.Object</c> (comparison with null) is in the list of Microsoft's policy toolkit alone.
/// </summary>
internal static class AllowedTypes
{
    private const string All = """
        Newtonsoft.Json: Formatting
        Newtonsoft.Json.Linq: Extensions JArray JConstructor JContainer JObject JProperty JRaw JToken JTokenType JValue
        System: Array BitConverter Boolean Byte Char Convert DateTimeOffset Decimal Double Exception Guid Int16 Int32 Int64 Math MidpointRounding Nullable Object Random SByte Single String StringComparer StringComparison StringSplitOptions TimeSpan TimeZone TimeZoneInfo Tuple UInt16 UInt32 UInt64 Uri UriPartial
        System.Collections.Generic: Dictionary HashSet ICollection IDictionary IEnumerable IEnumerator IList IReadOnlyCollection IReadOnlyDictionary ISet KeyValuePair List Queue Stack
        System.IO: StringReader StringWriter
        System.Linq: Enumerable
        System.Net: IPAddress WebUtility
        System.Security.Cryptography: HashAlgorithm HashAlgorithmName HMAC HMACSHA256 HMACSHA384 HMACSHA512 KeyedHashAlgorithm SHA256 SHA384 SHA512
        System.Text: Encoding StringBuilder
        System.Text.RegularExpressions: RegexOptions
        HxFunctions.SystemTests.Gateways.Apim: PolicyContext PolicyVariables IRequest IUrl ISubscription IResponse IMessageBody
        """;

    private const string Some = """
        Newtonsoft.Json.JsonConvert: SerializeObject DeserializeObject
        System.DateTime: .ctor Add AddDays AddHours AddMilliseconds AddMinutes AddMonths AddSeconds AddTicks AddYears Date Day DayOfWeek DayOfYear DaysInMonth Hour IsDaylightSavingTime IsLeapYear MaxValue Millisecond Minute MinValue Month Now Parse Second Subtract Ticks TimeOfDay Today ToString UtcNow Year
        System.DateTimeKind: Utc
        System.Text.RegularExpressions.Capture: Index Length Value
        System.Text.RegularExpressions.CaptureCollection: Count Item this[]
        System.Text.RegularExpressions.Group: Captures Success
        System.Text.RegularExpressions.GroupCollection: Count Item this[]
        System.Text.RegularExpressions.Match: Empty Groups Result
        System.Text.RegularExpressions.Regex: .ctor IsMatch Match Matches Replace Unescape Split
        """;

    private static readonly HashSet<string> Whole = [.. Lines(All).SelectMany(line => line.Names.Select(name => $"{line.Head}.{name}"))];
    private static readonly Dictionary<string, string[]> Parts = Lines(Some).ToDictionary(line => line.Head, line => line.Names);

    /// <summary>What an expression may not use of a symbol; null when it may.</summary>
    public static string? Refuse(ISymbol? symbol) =>
        symbol switch
        {
            // The expression's own: what it was made from has been looked at.
            null or INamespaceSymbol or ILocalSymbol or IParameterSymbol or IRangeVariableSymbol or IDiscardSymbol => null,
            IMethodSymbol { MethodKind: MethodKind.AnonymousFunction } => null,
            ITypeSymbol type => RefuseType(type),
            _ => RefuseMember(NameOf(symbol.ContainingType), symbol.Name),
        };

    private static string? RefuseType(ITypeSymbol type) =>
        type switch
        {
            IArrayTypeSymbol array => RefuseType(array.ElementType),
            ITypeParameterSymbol => null,
            INamedTypeSymbol { IsGenericType: true } generic
                when generic.TypeArguments.Select(RefuseType).FirstOrDefault(refusal => refusal is not null) is { } inner => inner,
            _ => NameOf(type) is var name && (Whole.Contains(name) || Parts.ContainsKey(name)) ? null : name,
        };

    private static string? RefuseMember(string type, string member) =>
        Whole.Contains(type) || (Parts.TryGetValue(type, out string[]? members) && members.Contains(member)) ? null : $"{type}.{member}";

    private static string NameOf(ITypeSymbol type) => $"{type.ContainingNamespace?.ToDisplayString()}.{type.Name}";

    private static IEnumerable<(string Head, string[] Names)> Lines(string table) =>
        table.Split('\n').Select(line => line.Split(": ")).Select(parts => (parts[0], parts[1].Split(' ')));
}
