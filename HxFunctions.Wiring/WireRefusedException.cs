namespace HxFunctions.Wiring;

/// <summary>Nothing was changed: what was asked for can't be done safely, or not at all.</summary>
/// <param name="message">A sentence's part for the operator: what, where, and what to do. Never a value out of a file.</param>
internal sealed class WireRefusedException(string message) : Exception(message);
