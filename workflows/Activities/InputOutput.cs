namespace Orchestrator.Workflows.Activities;

/// <summary>A value that the definition gives to an activity: a literal or an expression, evaluated when the activity starts.</summary>
/// <typeparam name="T">The type the value is converted to.</typeparam>
public sealed class Input<T> : Input
{
    /// <inheritdoc/>
    public override Type Type => typeof(T);
}

/// <summary>A value that an activity returns.</summary>
/// <typeparam name="T">Type of the value.</typeparam>
public sealed class Output<T> : Output
{
    /// <inheritdoc/>
    public override Type Type => typeof(T);
}

/// <summary>An input without its type argument; the runtime fills <see cref="Name"/> when it creates the activity.</summary>
public abstract class Input
{
    /// <summary>The property's name, which is the input's name.</summary>
    public string Name { get; internal set; } = "";

    /// <summary>The type the value is converted to.</summary>
    public abstract Type Type { get; }
}

/// <summary>An output without its type argument; the runtime fills <see cref="Name"/> when it creates the activity.</summary>
public abstract class Output
{
    /// <summary>The property's name, which is the output's name.</summary>
    public string Name { get; internal set; } = "";

    /// <summary>Type of the value.</summary>
    public abstract Type Type { get; }
}
