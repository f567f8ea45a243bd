namespace Orchestrator.Server.Access;

/// <summary>Names of roles.</summary>
static class AccessRoleNames
{
    extension(AccessRole role)
    {
        /// <summary>The role's name as people write it, such as <c>viewer</c>.</summary>
        public string Name => role.ToString().ToLowerInvariant();
    }
}
