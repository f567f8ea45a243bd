using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Orchestrator.Spark.Models;

/// <summary>The models that ship with this assembly, by name.</summary>
public sealed class ModelCatalog
{
    static readonly string[] HeaderNames = ["asset", "grain", "reads", "units"];

    readonly Dictionary<string, Model> models;

    /// <summary>Reads models from their texts.</summary>
    /// <param name="files">Path below <c>Models</c>, such as <c>star/dim_customer.sql</c>, with the file's text.</param>
    /// <exception cref="InvalidOperationException">Files have no proper header; the message lists all of them.</exception>
    public ModelCatalog(IEnumerable<(string Path, string Text)> files)
    {
        var problems = new List<string>();
        models = new(StringComparer.Ordinal);
        foreach (var (path, text) in files.OrderBy(file => file.Path, StringComparer.Ordinal))
        {
            if (Parse(path, text, problems) is { } model && !models.TryAdd(model.Name, model))
                problems.Add($"{path}: there is another model '{model.Name}' in {models[model.Name].Folder}.");
        }
        if (problems.Count > 0) throw new InvalidOperationException($"Models cannot be used.\n{string.Join('\n', problems)}");
        models = models.Values.Select(model => model with { CodeVersion = CodeVersionOf(model) })
            .ToDictionary(model => model.Name, StringComparer.Ordinal);
    }

    /// <summary>All models by name.</summary>
    public IEnumerable<Model> All => models.Values.OrderBy(model => model.Name, StringComparer.Ordinal);

    /// <summary>A model by name.</summary>
    /// <exception cref="KeyNotFoundException">There is none of that name.</exception>
    public Model this[string name] => models.TryGetValue(name, out var model)
        ? model
        : throw new KeyNotFoundException($"There is no model '{name}'. There are: {string.Join(", ", All.Select(known => known.Name))}.");

    /// <summary>Whether there is a model of that name in a folder.</summary>
    public bool Has(string folder, string name) => models.TryGetValue(name, out var model) && model.Folder == folder;

    /// <summary>Reads the models in this assembly.</summary>
    public static ModelCatalog Load()
    {
        var assembly = typeof(ModelCatalog).Assembly;
        return new(assembly.GetManifestResourceNames().Where(name => name.EndsWith(".sql", StringComparison.Ordinal))
            .Select(name => (name.Replace('\\', '/'), Text(assembly, name))));
    }

    static string Text(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    static Model? Parse(string path, string text, List<string> problems)
    {
        var parts = path.Split('/');
        if (parts is not [var folder, var file] || !file.EndsWith(".sql", StringComparison.Ordinal))
        {
            problems.Add($"{path}: expected FOLDER/NAME.sql.");
            return null;
        }
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        var values = new string[HeaderNames.Length];
        for (var i = 0; i < HeaderNames.Length; i++)
        {
            var start = $"-- {HeaderNames[i]}: ";
            if (i < lines.Length && lines[i].StartsWith(start, StringComparison.Ordinal) && lines[i].Length > start.Length)
                values[i] = lines[i][start.Length..].Trim();
            else problems.Add($"{path}: line {i + 1} must be '{start}…'.");
        }
        if (values.Any(value => value is null)) return null;
        IReadOnlyList<string> reads = values[2] == "none" ? [] : values[2].Split(',', StringSplitOptions.TrimEntries);
        return new(file[..^4], folder, values[0], values[1], reads, values[3], string.Join('\n', lines[HeaderNames.Length..]).Trim(), "");
    }

    string CodeVersionOf(Model model)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        Add(model);
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];

        void Add(Model part)
        {
            if (!seen.Add(part.Name)) return;
            hash.AppendData(Encoding.UTF8.GetBytes(part.Sql));
            // Another asset is data with a version of its own; what is only a view belongs to this one.
            foreach (var read in part.Reads)
                if (models.TryGetValue(read, out var view) && view.Folder == "staging") Add(view);
        }
    }
}
