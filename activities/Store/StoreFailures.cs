using System.Globalization;

namespace Orchestrator.Activities.Store;

/// <summary>Failures that all object stores have in common.</summary>
static class StoreFailures
{
    /// <summary>The key belongs to other content.</summary>
    public static ActivityFailedException AlreadyExists(string key) => new("store.already_exists",
        $"The object store already has '{key}' with other content. Objects are written once: start another attempt, which writes under " +
        "its own key.", isRetryable: false);

    /// <summary>Nothing is stored under the key.</summary>
    public static ActivityFailedException Missing(IObjectStore store, string key, Exception? cause = null) => new("store.missing_object",
        $"The object store at {store.Root} has no '{key}'. Run the activity that writes it again, or put the file back.",
        isRetryable: false, cause);

    /// <summary>The size is not the one that was written.</summary>
    public static ActivityFailedException Resized(IObjectStore store, string key, long written, long found) =>
        Changed(store, key, string.Create(CultureInfo.InvariantCulture, $"{written} bytes were written, {found} are there"));

    /// <summary>Something else is stored under the key than what was written.</summary>
    /// <param name="difference">What differs, as the part of a sentence.</param>
    public static ActivityFailedException Changed(IObjectStore store, string key, string difference, Exception? cause = null) => new(
        "store.changed_object",
        $"'{key}' in the object store at {store.Root} is not what was written: {difference}. Run the activity that writes it again, or " +
        "put the file back.", isRetryable: false, cause);
}
