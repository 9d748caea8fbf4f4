namespace HxFunctions.Core.Dependencies;

/// <summary>
/// There is no token to log in with. No inner exception on purpose: what is below (a socket of the identity's endpoint) must not be taken
/// for the dependency's trouble.
/// </summary>
internal sealed class EntraTokenException(string message) : Exception(message);
