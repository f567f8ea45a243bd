namespace Orchestrator.Server.Access;

/// <summary>Stable codes of what is refused.</summary>
static class AccessCodes
{
    /// <summary>401: nobody is logged in, and no token was shown.</summary>
    public const string NotLoggedIn = "access.not_logged_in";

    /// <summary>401: a token was shown that is none, has expired or was revoked.</summary>
    public const string TokenRefused = "access.token_refused";

    /// <summary>403: whoever asks may not do this.</summary>
    public const string RoleTooLow = "access.role_too_low";

    /// <summary>403: the endpoint does not say who may use it, which is a mistake in the program.</summary>
    public const string Undeclared = "access.undeclared";

    /// <summary>403: a browser sends a change that none of our pages asked for.</summary>
    public const string CrossSite = "access.cross_site";

    /// <summary>429: too many wrong passwords.</summary>
    public const string TooManyAttempts = "access.too_many_attempts";

    /// <summary>Wrong user or password; only in the log of changes.</summary>
    public const string WrongPassword = "access.wrong_password";

    /// <summary>The server does not start: it needs a login and there is no user.</summary>
    public const string NoUsers = "access.no_users";

    /// <summary>409: the change would leave nobody who may change who may do what.</summary>
    public const string LastAdmin = "access.last_admin";

    /// <summary>There is a user of that name already.</summary>
    public const string UserExists = "access.user_exists";
}
