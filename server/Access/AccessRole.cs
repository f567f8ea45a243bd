namespace Orchestrator.Server.Access;

/// <summary>Role of a person; each role includes those before it. Persisted by name: explicit and append-only.</summary>
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

/// <summary>Role that an endpoint requires.</summary>
/// <param name="Role">The lowest role that is allowed; <see langword="null"/> if the endpoint needs no login.</param>
public sealed record RequiredAccess(AccessRole? Role);

/// <summary>Metadata of an endpoint that changes nothing, whatever its HTTP method.</summary>
public sealed record OnlyReads;

/// <summary>Metadata of an endpoint whose changes write their audit entries in the same commit; only refusals need an entry.</summary>
public sealed record OwnAudit;

/// <summary>Declares the role that an endpoint requires. Every endpoint calls <c>RequireAccess</c> or <c>NeedsNoLogin</c>.</summary>
public static class RequiredAccessOfEndpoints
{
    extension<TBuilder>(TBuilder endpoint) where TBuilder : IEndpointConventionBuilder
    {
        /// <summary>Requires a role or a higher one.</summary>
        public TBuilder RequireAccess(AccessRole role) => endpoint.WithMetadata(new RequiredAccess(role));

        /// <summary>Declares that the endpoint changes nothing, although its method could; it gets no audit entry.</summary>
        public TBuilder ChangesNothing() => endpoint.WithMetadata(new OnlyReads());

        /// <summary>Declares that the endpoint's changes write their audit entries themselves.</summary>
        public TBuilder AuditsItself() => endpoint.WithMetadata(new OwnAudit());

        /// <summary>Opens the endpoint to everybody, without login.</summary>
        public TBuilder NeedsNoLogin() => endpoint.WithMetadata(new RequiredAccess(null));
    }
}
