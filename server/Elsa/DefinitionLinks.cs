namespace Orchestrator.Server.Elsa;

/// <summary>
/// Links that tell the Studio what the caller may do: without <c>publish</c> and <c>bulk-publish</c> it shows everything read-only.
/// </summary>
static class DefinitionLinks
{
    /// <summary>Creates the links of one workflow.</summary>
    /// <param name="mayEdit">Whether the caller is an author.</param>
    public static IReadOnlyList<ElsaLink> Of(string definitionId, bool mayEdit)
    {
        var path = $"/workflow-definitions/{definitionId}";
        ElsaLink[] reading =
        [
            new(path, "self", "GET"), new($"/workflow-definitions/by-definition-id/{definitionId}", "self", "GET"), new($"{path}/versions", "versions", "GET"),
            new($"{path}/bulk-dispatch", "bulk-dispatch", "POST"), new($"{path}/dispatch", "dispatch", "POST"), new($"{path}/execute", "execute", "POST"),
            new($"{path}/export", "export", "POST"),
        ];
        return mayEdit
            ? [
                .. reading, new($"{path}/publish", "publish", "POST"), new($"{path}/retract", "retract", "POST"), new(path, "delete", "DELETE"),
                new($"{path}/import", "import", "PUT"), new($"{path}/update-references", "update-references", "POST"),
            ]
            : reading;
    }

    /// <summary>Creates the links of the list of workflows.</summary>
    public static IReadOnlyList<ElsaLink> OfList(bool mayEdit)
    {
        ElsaLink[] reading =
        [
            new("/workflow-definitions", "self", "GET"), new("/workflow-definitions/validation/is-name-unique", "is-name-unique", "GET"),
            new("/workflow-definitions/query/count", "count", "GET"), new("/workflow-definitions/many-by-id", "many-by-id", "GET"),
        ];
        return mayEdit
            ? [
                .. reading, new("/bulk-actions/delete/workflow-definitions/by-definition-id", "bulk-delete-by-definition-id", "POST"),
                new("/bulk-actions/delete/workflow-definitions/by-id", "bulk-delete-by-id", "POST"),
                new("/bulk-actions/publish/workflow-definitions/by-definition-ids", "bulk-publish", "POST"),
                new("/bulk-actions/retract/workflow-definitions/by-definition-ids", "bulk-retract", "POST"),
                new("/workflow-definitions/import", "import", "POST"), new("/workflow-definitions/import-files", "import-files", "POST"),
                new("/workflow-definitions", "create", "POST"),
            ]
            : reading;
    }
}
