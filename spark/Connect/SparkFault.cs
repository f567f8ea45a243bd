namespace Orchestrator.Spark.Connect;

/// <summary>A failure between us and Spark.</summary>
enum SparkFaultKind
{
    /// <summary>Spark refused or failed the query.</summary>
    Query = 0,

    /// <summary>The server does not answer.</summary>
    Unreachable = 1,

    /// <summary>The session, with its tables, is gone: the server was restarted, or somebody ended it.</summary>
    SessionLost = 2,

    /// <summary>The server knows no such operation, or no longer its answers.</summary>
    OperationLost = 3,

    /// <summary>Another client took over the answers of the operation.</summary>
    TakenOver = 4,

    /// <summary>Somebody interrupted the operation.</summary>
    Interrupted = 5,

    /// <summary>The token is missing, wrong, or may not do this.</summary>
    Denied = 6,

    /// <summary>A message is larger than one side takes.</summary>
    TooLarge = 7,

    /// <summary>The server at the address does not speak Spark Connect.</summary>
    Stranger = 8,
}

/// <summary>A call to Spark failed.</summary>
/// <param name="kind">What went wrong.</param>
/// <param name="message">In Spark's words, one line.</param>
/// <param name="cause">The call's exception.</param>
sealed class SparkFault(SparkFaultKind kind, string message, Exception? cause = null) : Exception(message, cause)
{
    public SparkFaultKind Kind => kind;

    /// <summary>Spark's class of the error, such as <c>TABLE_OR_VIEW_NOT_FOUND</c>; <see langword="null"/> if it has none.</summary>
    public string? ErrorClass { get; init; }

    /// <summary>SQLSTATE, five characters; <see langword="null"/> if there is none.</summary>
    public string? SqlState { get; init; }

    /// <summary>The part of the query that it is about; <see langword="null"/> if Spark does not say.</summary>
    public string? Fragment { get; init; }

    /// <summary>Java types of the exception, its supertypes and its causes.</summary>
    public IReadOnlyList<string> Types { get; init; } = [];

    /// <summary>The classes of the causes that have one, outermost first.</summary>
    public IReadOnlyList<string> CauseClasses { get; init; } = [];

    /// <summary>Messages of the causes, outermost first.</summary>
    public IReadOnlyList<string> Causes { get; init; } = [];

    /// <summary>Whether the same work may be done again in a new session.</summary>
    public bool IsLost => kind is SparkFaultKind.SessionLost or SparkFaultKind.OperationLost;
}
