namespace HxFunctions.Wiring;

/// <summary>Hears what a run does while it does it. Nothing that it hears holds a secret.</summary>
internal interface IWireProgress
{
    /// <summary>The plan is made: the differences are to be shown when they are asked for, the warnings in any case.</summary>
    void Planned(WirePlan plan, bool withDifferences);

    /// <summary>What will be done, as a heading with a list.</summary>
    void Announced(string heading, IEnumerable<string> items);

    /// <summary>A step takes its time: for people alone.</summary>
    /// <param name="what">What is waited for.</param>
    /// <param name="elapsed">For how long already.</param>
    void Waiting(string what, TimeSpan elapsed);

    /// <summary>Whether somebody is there to be asked before files are changed.</summary>
    bool Asks { get; }

    /// <summary>Asks whether to go on; without anybody to ask it goes on.</summary>
    bool Confirm(string question);

    /// <summary>A step has ended.</summary>
    void Ended(WireStep step);
}
