using Microsoft.AspNetCore.Http.HttpResults;
using Orchestrator.Server.Access;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.Api;

/// <summary>A user who may log in.</summary>
/// <param name="Name">Name in lower case.</param>
/// <param name="Role">Role of the user: viewer, operator, author or admin.</param>
/// <param name="IsDisabled">Whether the user is locked out for now.</param>
/// <param name="CreatedAt">Time at which the user was added.</param>
/// <param name="Sessions">Number of browsers in which the user is logged in.</param>
/// <param name="Tokens">Number of the user's API tokens.</param>
public sealed record UserResponse(string Name, string Role, bool IsDisabled, DateTimeOffset CreatedAt, long Sessions, long Tokens)
{
    /// <summary>Converts a user to the form of the API.</summary>
    public static UserResponse Of(AccessUser user) => new(user.Name, user.Role.Name, user.IsDisabled, user.CreatedAt, user.Sessions, user.Tokens);
}

/// <summary>Request to add a user.</summary>
/// <param name="Name">Up to 64 letters without accents, digits and <c>. _ - @</c>; case does not matter.</param>
/// <param name="Role">viewer, operator, author or admin.</param>
/// <param name="Password">12 characters or more.</param>
public sealed record NewUserRequest(string Name, string Role, string Password);

/// <summary>Request to change a user's role.</summary>
/// <param name="Role">viewer, operator, author or admin.</param>
public sealed record UserRoleRequest(string Role);

/// <summary>Request to change a user's password.</summary>
/// <param name="Password">12 characters or more.</param>
public sealed record UserPasswordRequest(string Password);

/// <summary><c>/users</c>: who may log in, by the rules of <c>orchestrator users</c>.</summary>
static class UserEndpoints
{
    const string Unknown = "access.unknown_user", BadValue = "request.bad_value";

    public static void Map(RouteGroupBuilder api)
    {
        var group = api.MapGroup("/users").WithTags("Access").RequireAccess(AccessRole.Admin).AuditsItself();
        group.MapGet("", ListAsync).WithName("listUsers").WithSummary("Lists the users by name.");
        group.MapPost("", AddAsync).WithName("addUser").WithSummary("Adds a user.").WithProblems(400, BadValue, AccessRoles.BadRole)
            .WithProblems(409, "access.user_exists");
        group.MapGet("/{name}", ShowAsync).WithName("showUser").WithSummary("Shows a user.").WithProblems(400,
            BadValue).WithProblems(404, Unknown);
        group.MapDelete("/{name}", RemoveAsync).WithName("removeUser").WithSummary("Removes a user with all logins and tokens.")
            .WithProblems(400, BadValue).WithProblems(404, Unknown).WithProblems(409, AccessCodes.LastAdmin);
        group.MapPut("/{name}/role", SetRoleAsync).WithName("setRoleOfUser")
            .WithSummary("Changes a user's role, which ends the user's logins.")
            .WithProblems(400, BadValue, AccessRoles.BadRole).WithProblems(404, Unknown).WithProblems(409, AccessCodes.LastAdmin);
        group.MapPut("/{name}/password", SetPasswordAsync).WithName("setPasswordOfUser")
            .WithSummary("Changes a user's password, which ends the user's logins.")
            .WithProblems(400, BadValue).WithProblems(404, Unknown);
        group.MapPost("/{name}/disable",
            DisableAsync).WithName("disableUser").WithSummary("Disables a user: logins end, tokens do not work.")
            .WithProblems(400, BadValue).WithProblems(404, Unknown).WithProblems(409, AccessCodes.LastAdmin);
        group.MapPost("/{name}/enable", EnableAsync).WithName("enableUser").WithSummary("Enables a disabled user.")
            .WithProblems(400, BadValue).WithProblems(404, Unknown);
    }

    static async Task<IReadOnlyList<UserResponse>> ListAsync(UserStore users, CancellationToken cancellationToken) =>
        [.. (await users.ListAsync(cancellationToken)).Select(UserResponse.Of)];

    static async Task<UserResponse> ShowAsync(string name, UserStore users, CancellationToken cancellationToken) => UserResponse.Of(await users.FindAsync(name, cancellationToken));

    static async Task<Created<UserResponse>> AddAsync(NewUserRequest request, HttpContext context, UserStore users, CancellationToken cancellationToken)
    {
        await users.By(context).AddAsync(request.Name, AccessRoles.Read(request.Role), request.Password, cancellationToken);
        var added = await users.FindAsync(request.Name, cancellationToken);
        return TypedResults.Created($"{ApiRoutes.Root}/users/{added.Name}", UserResponse.Of(added));
    }

    static async Task<NoContent> RemoveAsync(string name, HttpContext context, UserStore users, CancellationToken cancellationToken)
    {
        await users.By(context).RemoveAsync(name, cancellationToken);
        return TypedResults.NoContent();
    }

    static async Task<UserResponse> SetRoleAsync(string name, UserRoleRequest request, HttpContext context, UserStore users, CancellationToken cancellationToken)
    {
        await users.By(context).SetRoleAsync(name, AccessRoles.Read(request.Role), cancellationToken);
        return await ShowAsync(name, users, cancellationToken);
    }

    static async Task<UserResponse> SetPasswordAsync(string name, UserPasswordRequest request, HttpContext context, UserStore users, CancellationToken cancellationToken)
    {
        await users.By(context).SetPasswordAsync(name, request.Password, cancellationToken);
        return await ShowAsync(name, users, cancellationToken);
    }

    static Task<UserResponse> DisableAsync(string name, HttpContext context, UserStore users, CancellationToken cancellationToken) =>
        SetDisabledAsync(name, isDisabled: true, context, users, cancellationToken);

    static Task<UserResponse> EnableAsync(string name, HttpContext context, UserStore users, CancellationToken cancellationToken) =>
        SetDisabledAsync(name, isDisabled: false, context, users, cancellationToken);

    static async Task<UserResponse> SetDisabledAsync(string name, bool isDisabled, HttpContext context, UserStore users, CancellationToken cancellationToken)
    {
        await users.By(context).SetDisabledAsync(name, isDisabled, cancellationToken);
        return await ShowAsync(name, users, cancellationToken);
    }
}

/// <summary>Roles in requests.</summary>
static class AccessRoles
{
    /// <summary>400: there is no such role.</summary>
    public const string BadRole = "access.bad_role";

    /// <summary>Reads the name of a role.</summary>
    /// <exception cref="ApiException"><see cref="BadRole"/>.</exception>
    public static AccessRole Read(string text) => Enum.GetValues<AccessRole>().Where(role => role.Name == text).ToList() is [var role] ? role
        : throw new ApiException(400, BadRole, $"'{text}' is not a role. There are viewer, operator, author and admin.");
}
