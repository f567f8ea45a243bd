using System.Text.Json;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Secrets;

/// <summary>Finds secrets. The host provides it; without it there are none.</summary>
/// <returns>Name → secret of those that exist.</returns>
public delegate Task<IReadOnlyDictionary<string, SecretValue>> ReadSecrets(IReadOnlyCollection<string> names, CancellationToken cancellationToken);

/// <summary>A secret as an attempt gets it.</summary>
/// <param name="Value">The value.</param>
/// <param name="Hosts">The hosts that it may be sent to, written like <c>Http:AllowedHosts</c>; <see langword="null"/> for any.</param>
public sealed record SecretValue(string Value, string? Hosts)
{
    /// <summary>Returns a text without the value.</summary>
    public override string ToString() => "***";
}

/// <summary>Fills the values of secrets into the inputs of an attempt, at the last moment: each attempt reads the present values.</summary>
public sealed class AttemptSecrets(ReadSecrets read)
{
    /// <param name="inputs">Inputs as the journal has them.</param>
    /// <param name="references">Input → names of the secrets that the definition itself has there. No other text counts as a reference,
    /// whatever its origin.</param>
    /// <exception cref="ActivityFailedException"><c>secrets.not_found</c>, or an error of reading them.</exception>
    internal async Task<FilledInputs> FillAsync(
        IReadOnlyDictionary<string, JsonElement> inputs, IReadOnlyDictionary<string, IReadOnlyList<string>>? references, string activityId, CancellationToken cancellationToken)
    {
        if (references is null) return new(inputs, SecretMask.None, []);
        var names = references.Values.SelectMany(name => name).Distinct(StringComparer.Ordinal).ToList();
        var values = await read(names, cancellationToken);
        if (names.Where(name => !values.ContainsKey(name)).ToList() is { Count: > 0 } missing)
        {
            throw new ActivityFailedException("secrets.not_found",
                $"'{activityId}' needs {string.Join(" and ", missing.Select(name => $"the secret '{name}'"))}, which nobody has set. 'orchestrator secrets set {missing[0]}' does, then resume the run.",
                isRetryable: false);
        }
        var filled = inputs.ToDictionary(input => input.Key, input => references.TryGetValue(input.Key, out var used)
            ? SecretReferences.Fill(input.Value, used.ToDictionary(name => name, name => values[name].Value, StringComparer.Ordinal))
            : input.Value, StringComparer.Ordinal);
        return new(filled, SecretMask.Of(values.Values.Select(secret => secret.Value)), [.. values.Where(secret => secret.Value.Hosts is not null)
            .Select(secret => new SecretLimit(secret.Key, HostAllowList.Parse(secret.Value.Hosts!), SecretMask.Of([secret.Value.Value])))]);
    }
}

/// <summary>Inputs of an attempt, filled with secrets.</summary>
/// <param name="Values">Input → value, with the values of secrets.</param>
/// <param name="Mask">Hides the values.</param>
/// <param name="Limits">Secrets that may not be sent to any host.</param>
sealed record FilledInputs(IReadOnlyDictionary<string, JsonElement> Values, SecretMask Mask, IReadOnlyList<SecretLimit> Limits);

/// <summary>The hosts that a secret may be sent to.</summary>
/// <param name="Mask">Finds its value.</param>
sealed record SecretLimit(string Name, HostAllowList Hosts, SecretMask Mask)
{
    /// <summary>Whether a text has the value, however it is encoded.</summary>
    public bool IsIn(string text) => !string.Equals(Mask.Text(text), text, StringComparison.Ordinal);
}
