namespace Orchestrator.Server.Access;

/// <summary>Stable codes of refused requests.</summary>
static class AccessCodes
{
    /// <summary>401: nobody is logged in, and no token was shown.</summary>
    public const string NotLoggedIn = "access.not_logged_in";

    /// <summary>401: the token in the request is unknown, expired or revoked.</summary>
    public const string TokenRefused = "access.token_refused";

    /// <summary>403: the caller's role does not allow this.</summary>
    public const string RoleTooLow = "access.role_too_low";

    /// <summary>403: the endpoint declares no required role, which is a mistake in the program.</summary>
    public const string Undeclared = "access.undeclared";

    /// <summary>403: a browser sent a change that did not come from one of our own pages.</summary>
    public const string CrossSite = "access.cross_site";

    /// <summary>429: too many wrong passwords.</summary>
    public const string TooManyAttempts = "access.too_many_attempts";

    /// <summary>Wrong user or password; appears only in the log of changes.</summary>
    public const string WrongPassword = "access.wrong_password";

    /// <summary>The server does not start: it needs a login and there is no user.</summary>
    public const string NoUsers = "access.no_users";

    /// <summary>409: the change would leave the server without an administrator.</summary>
    public const string LastAdmin = "access.last_admin";

    /// <summary>A user of that name exists already.</summary>
    public const string UserExists = "access.user_exists";
}
