using System.Text.Json;
using Orchestrator.Workflows.Activities;

namespace Orchestrator.Workflows.Secrets;

/// <summary>Finds the values of secrets. The host brings it; without it there are none.</summary>
/// <returns>Name → value of those that are there.</returns>
public delegate Task<IReadOnlyDictionary<string, string>> ReadSecrets(IReadOnlyCollection<string> names, CancellationToken cancellationToken);

/// <summary>Puts the values of secrets into the inputs of an attempt, at the last moment: each attempt has those of its time.</summary>
sealed class AttemptSecrets(ReadSecrets read)
{
    /// <param name="inputs">Inputs as the journal has them.</param>
    /// <param name="references">Input → names of the secrets that the definition itself has there. No other text is taken for a reference, wherever it came from.</param>
    /// <exception cref="ActivityFailedException"><c>secrets.not_found</c>; what reading them gives.</exception>
    public async Task<(IReadOnlyDictionary<string, JsonElement> Inputs, SecretMask Mask)> FillAsync(
        IReadOnlyDictionary<string, JsonElement> inputs, IReadOnlyDictionary<string, IReadOnlyList<string>>? references, string activityId, CancellationToken cancellationToken)
    {
        if (references is null) return (inputs, SecretMask.None);
        var names = references.Values.SelectMany(name => name).Distinct(StringComparer.Ordinal).ToList();
        var values = await read(names, cancellationToken);
        if (names.Where(name => !values.ContainsKey(name)).ToList() is { Count: > 0 } missing)
        {
            throw new ActivityFailedException("secrets.not_found",
                $"'{activityId}' needs {string.Join(" and ", missing.Select(name => $"the secret '{name}'"))}, which nobody has set. 'orchestrator secrets set {missing[0]}' does, then resume the run.",
                isRetryable: false);
        }
        var filled = inputs.ToDictionary(input => input.Key, input => references.TryGetValue(input.Key, out var used)
            ? SecretReferences.Fill(input.Value, used.ToDictionary(name => name, name => values[name], StringComparer.Ordinal))
            : input.Value, StringComparer.Ordinal);
        return (filled, SecretMask.Of(values.Values));
    }
}
