namespace Orchestrator.Server.Access;

/// <summary>What a person may do; each role may do what those before it may. Persisted by name: explicit and append-only.</summary>
public enum AccessRole
{
    /// <summary>Reads everything.</summary>
    Viewer = 0,

    /// <summary>Starts, cancels and repeats runs.</summary>
    Operator = 1,

    /// <summary>Changes what runs: definitions and schedules.</summary>
    Author = 2,

    /// <summary>Changes who may do what.</summary>
    Admin = 3,
}

/// <summary>The role that an endpoint asks for.</summary>
/// <param name="Role">The least one; <see langword="null"/> for an endpoint that needs no login.</param>
public sealed record RequiredAccess(AccessRole? Role);

/// <summary>The endpoint reads what its body asks for, and changes nothing.</summary>
public sealed record OnlyReads;

/// <summary>What an endpoint changes is in the log of changes by the same commit, so that only what it refuses needs an entry.</summary>
public sealed record OwnAudit;

/// <summary>Says which role an endpoint asks for. Every endpoint says one of the two.</summary>
public static class RequiredAccessOfEndpoints
{
    extension<TBuilder>(TBuilder endpoint) where TBuilder : IEndpointConventionBuilder
    {
        /// <summary>Asks for a role or a higher one.</summary>
        public TBuilder RequireAccess(AccessRole role) => endpoint.WithMetadata(new RequiredAccess(role));

        /// <summary>Says that it only reads, although its method could change something: the log of changes has nothing to say of it.</summary>
        public TBuilder ChangesNothing() => endpoint.WithMetadata(new OnlyReads());

        /// <summary>Says that its changes write their entries themselves.</summary>
        public TBuilder AuditsItself() => endpoint.WithMetadata(new OwnAudit());

        /// <summary>Answers everybody, before any login.</summary>
        public TBuilder NeedsNoLogin() => endpoint.WithMetadata(new RequiredAccess(null));
    }
}
