using System.Reflection;

namespace HxFunctions.Core.Telemetry;

/// <summary>The product's version, from <c>Directory.Build.props</c>.</summary>
public static class ProductVersion
{
    public static string Text { get; } =
        typeof(ProductVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";
}
