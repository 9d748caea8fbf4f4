namespace HxFunctions.Tests.Simulation;

/// <summary>What happens to messages between an instance and a server.</summary>
internal enum LinkState
{
    Fine,

    /// <summary>Connections are refused, and those that are open end.</summary>
    Refused,

    /// <summary>Messages vanish.</summary>
    Silent,

    /// <summary>A request arrives; now and then its answer doesn't, and the connection ends (K1).</summary>
    LosesReplies,

    /// <summary>Messages take up to some seconds.</summary>
    Slow,
}

/// <summary>The way between an instance and a server.</summary>
internal sealed class Link(World world)
{
    /// <summary>How long a lost answer is waited for until the connection ends, in seconds.</summary>
    private const double CutAfter = 0.3;

    private LinkState _state;

    public LinkState State
    {
        get => _state;
        set
        {
            _state = value;
            LastNotFine = value == LinkState.Fine && LastNotFine is not null ? world.Now : LastNotFine;
            if (value != LinkState.Fine)
            {
                LastNotFine = long.MaxValue;
            }
        }
    }

    /// <summary>When it was last anything but fine; <see langword="null"/>: never. <see cref="long.MaxValue"/>: it is now.</summary>
    public long? LastNotFine { get; private set; }

    /// <summary>Sends a request to a server and brings its answer back.</summary>
    /// <param name="answer">What the server does when it gets to it.</param>
    /// <param name="refused">What the client throws when it gets no connection, or loses it.</param>
    public Task<T> AskAsync<T>(SimulatedServer server, Func<T> answer, Func<Exception> refused)
    {
        TaskCompletionSource<T> asked = new();
        switch (State)
        {
            case LinkState.Refused:
                world.After(Latency(), () => asked.TrySetException(refused()));
                break;
            case LinkState.Silent:
                break;
            default:
                bool isLost = State == LinkState.LosesReplies && world.Dice.Next(2) == 0;
                world.After(Latency(), () => server.Take(() => Answer(asked, answer, refused, isLost)));
                break;
        }

        return asked.Task;
    }

    private void Answer<T>(TaskCompletionSource<T> asked, Func<T> answer, Func<Exception> refused, bool isLost)
    {
        Action complete;
        try
        {
            T result = answer();
            complete = () => asked.TrySetResult(result);
        }
        catch (Exception exception)
        {
            complete = () => asked.TrySetException(exception);
        }

        if (isLost || State == LinkState.Refused)
        {
            world.After(CutAfter, () => asked.TrySetException(refused()));
        }
        else if (State != LinkState.Silent)
        {
            world.After(Latency(), complete);
        }
    }

    /// <summary>In seconds, one way.</summary>
    private double Latency() => State == LinkState.Slow && world.Dice.Next(3) == 0 ? world.Between(0.2, 6) : world.Between(0.0002, 0.004);
}
