using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.HttpResults;
using Orchestrator.Server.Access;
using Orchestrator.Server.Api;
using Orchestrator.Server.Pages;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Publishing;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Server.Studio;

/// <summary>
/// <c>/studio/definitions/{id}/run</c>: runs a workflow for a month, and shows first what that replaces. Works without scripts.
/// </summary>
static class RunFormPages
{
    public const string Address = "/studio/definitions/{id}/run";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(Address, ShowAsync).RequireAccess(AccessRole.Operator).ExcludeFromDescription();
        app.MapPost(Address, StartAsync).RequireAccess(AccessRole.Operator).ExcludeFromDescription();
    }

    static async Task<IResult> ShowAsync(
        string id, HttpContext context, RunFormStore forms, IAntiforgery antiforgery, TimeProvider time, CancellationToken cancellationToken, string? month = null, int? version = null)
    {
        if (await forms.FindAsync(id, version, cancellationToken) is not { } form) return Unknown(context, id, time);
        form = form with { Texts = RunForm.DefaultTexts(form.Workflow) };
        return await RenderAsync(form, month, StatusCodes.Status200OK, context, forms, antiforgery, time, cancellationToken);
    }

    static async Task<IResult> StartAsync(
        string id, HttpContext context, RunFormStore forms, RunStarts starts, IAntiforgery antiforgery, TimeProvider time, CancellationToken cancellationToken)
    {
        var address = Address.Replace("{id}", Uri.EscapeDataString(id), StringComparison.Ordinal);
        if (!await PageEndpoints.IsOursAsync(context, antiforgery)) return PageEndpoints.TooOld(context, address, time);
        var sent = await context.Request.ReadFormAsync(cancellationToken);
        if (await forms.FindAsync(id, int.TryParse(sent["version"], out var version) ? version : null, cancellationToken) is not { } form) return Unknown(context, id, time);
        form = form with { Texts = RunForm.TextsOf(form.Workflow, sent), Id = Guid.TryParse(sent["id"], out var given) ? given : Guid.CreateVersion7(time.GetUtcNow()) };
        var month = sent["month"].ToString();
        try
        {
            var partition = form.TakesMonth ? RequestValues.MonthOrLast("month", month.Length == 0 ? null : month, time) : default(Partition?);
            form = form with { Month = partition, Current = await forms.ListAsync(partition, cancellationToken) };
            var values = form.Values();
            // The form showed another month: the person has not seen yet what will be replaced.
            if (form.Current.Count > 0 && sent["seen"] != $"{partition}")
                return Page(form with { AsksAgain = true }, StatusCodes.Status200OK, context, antiforgery, time);
            var options = new StartRunRequest { Workflow = id, Partition = partition?.ToString() ?? StartOptions.NoPartition, Inputs = values };
            var (run, _) = await starts.StartAsync(
                form.Workflow, form.IsDraft, options, $"page {form.Id}", context.StartedBy(), cancellationToken);
            return PageEndpoints.Next(context, $"/runs/{run.Id}");
        }
        catch (ApiException refused)
        {
            return await AgainAsync(form with { Problem = refused.Message }, month, refused.Status, context, forms, antiforgery, time, cancellationToken);
        }
        catch (Exception refused) when (refused is InvalidInputsException or PartitionOutOfRangeException)
        {
            return await AgainAsync(
                form with { Problem = refused.Message }, month, StatusCodes.Status422UnprocessableEntity, context, forms, antiforgery, time, cancellationToken);
        }
        catch (RunAlreadyActiveException active)
        {
            return await AgainAsync(
                form with { Problem = active.Message, ActiveRun = active.ActiveRun }, month, StatusCodes.Status409Conflict, context, forms, antiforgery, time, cancellationToken);
        }
    }

    // A new id, since the old one was used with other values.
    static Task<IResult> AgainAsync(
        RunForm form, string month, int status, HttpContext context, RunFormStore forms, IAntiforgery antiforgery, TimeProvider time, CancellationToken cancellationToken) =>
        RenderAsync(form with { Id = Guid.Empty }, month, status, context, forms, antiforgery, time, cancellationToken);

    static async Task<IResult> RenderAsync(
        RunForm form, string? month, int status, HttpContext context, RunFormStore forms, IAntiforgery antiforgery, TimeProvider time, CancellationToken cancellationToken)
    {
        if (form.TakesMonth)
        {
            try
            {
                form = form with { Month = RequestValues.MonthOrLast("month", string.IsNullOrEmpty(month) ? null : month, time) };
            }
            catch (ApiException bad)
            {
                (form, status) = (form with { Month = RequestValues.MonthOrLast("month", null, time), Problem = form.Problem ?? bad.Message }, Math.Max(status, bad.Status));
            }
        }
        form = form with { Current = await forms.ListAsync(form.Month, cancellationToken), Id = form.Id == Guid.Empty ? Guid.CreateVersion7(time.GetUtcNow()) : form.Id };
        return Page(form, status, context, antiforgery, time);
    }

    static RazorComponentResult<RunFormPage> Page(RunForm form, int status, HttpContext context, IAntiforgery antiforgery, TimeProvider time) =>
        PageEndpoints.Page<RunFormPage>(context, new { Form = form, Token = FormToken.For(context, antiforgery), Now = time.GetUtcNow() }, status);

    static RazorComponentResult<MissingPage> Unknown(HttpContext context, string id, TimeProvider time) => PageEndpoints.Page<MissingPage>(context, new
    {
        Title = "No such workflow",
        Message = $"There is no workflow '{id}', or not this version of it. The list of definitions has all of them.",
        Back = "/studio/definitions",
        BackText = "All workflows",
        Now = time.GetUtcNow(),
    }, StatusCodes.Status404NotFound);
}

/// <summary>Reader of the form's data.</summary>
sealed class RunFormStore(DefinitionStore definitions, PostgresAssetCatalog catalog)
{
    /// <summary>Creates an empty form for a version of a workflow; by default for the published one, else the newest.</summary>
    /// <returns>The form; <see langword="null"/> if there is no such version.</returns>
    public async Task<RunForm?> FindAsync(string id, int? version, CancellationToken cancellationToken)
    {
        var published = await definitions.ReadAsync(id, VersionOptions.Published, cancellationToken);
        if (await definitions.ReadAsync(id, VersionOptions.Latest, cancellationToken) is not { } latest) return null;
        List<WorkflowDefinition> choices = published is null ? [latest] : published.Version == latest.Version ? [published] : [published, latest];
        if (choices.Find(choice => version is null || choice.Version == version) is not { } chosen) return null;
        return new(chosen, choices.ConvertAll(choice => new RunnableVersion(choice.Version, choice == published)), Month: null, new Dictionary<string, string>())
        {
            TakesMonth = await PartitionNeed.TakesOneAsync(chosen, definitions.FindPublishedAsync, cancellationToken),
        };
    }

    /// <summary>Lists the data that readers see of a month now.</summary>
    public async Task<IReadOnlyList<Materialization>> ListAsync(Partition? month, CancellationToken cancellationToken) =>
        month is { } partition ? await catalog.ListOfPartitionAsync(partition, cancellationToken) : [];
}
