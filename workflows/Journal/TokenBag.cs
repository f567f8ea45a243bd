namespace Orchestrator.Workflows.Journal;

/// <summary>
/// The tokens that one execution of a flowchart holds. Those that arrived for an activity are found without a search through all others.
/// </summary>
sealed class TokenBag
{
    static readonly Dictionary<Token, int> Nothing = [];

    readonly Dictionary<string, Dictionary<Token, int>> byTarget = new(StringComparer.Ordinal);
    readonly Dictionary<string, int> arrived = new(StringComparer.Ordinal);

    public bool IsEmpty => byTarget.Count == 0;

    /// <summary>Number of tokens that have arrived anywhere, blocking ones excluded.</summary>
    public int Arrived { get; private set; }

    /// <summary>Every token, as often as it occurs, in an order that depends on the tokens alone.</summary>
    public IEnumerable<Token> All => byTarget.Values.SelectMany(tokens => tokens).SelectMany(held => Enumerable.Repeat(held.Key, held.Value))
        .OrderBy(token => token.To, StringComparer.Ordinal).ThenBy(token => token.From, StringComparer.Ordinal).ThenBy(token => token.Port, StringComparer.Ordinal).ThenBy(token => token.IsBlocking);

    public int Count(Token token) => byTarget.TryGetValue(token.To, out var tokens) ? tokens.GetValueOrDefault(token) : 0;

    /// <summary>Returns the number of tokens that have arrived for an activity.</summary>
    public int ArrivedFor(string activityId) => arrived.GetValueOrDefault(activityId);

    /// <summary>Returns the tokens of an activity with their numbers.</summary>
    public IReadOnlyDictionary<Token, int> For(string activityId) => byTarget.GetValueOrDefault(activityId, Nothing);

    /// <summary>Applies the decision of a flowchart.</summary>
    public void Apply(ContainerAdvanced happened)
    {
        if (happened.Changes is { } changes) Apply(changes);
        else Replace(happened.Tokens ?? []);
    }

    void Apply(TokenChanges changes)
    {
        foreach (var activityId in changes.Consumed ?? [])
            foreach (var (token, count) in For(activityId).ToList())
                if (!token.IsBlocking) Change(token, -count);
        foreach (var token in changes.Removed ?? []) Change(token, -1);
        foreach (var token in changes.Added ?? []) Change(token, 1);
    }

    // Journals of earlier versions name all tokens each time.
    void Replace(IReadOnlyList<Token> tokens)
    {
        byTarget.Clear();
        arrived.Clear();
        Arrived = 0;
        foreach (var token in tokens) Change(token, 1);
    }

    void Change(Token token, int by)
    {
        if (!byTarget.TryGetValue(token.To, out var tokens)) byTarget[token.To] = tokens = [];
        if (tokens.GetValueOrDefault(token) + by is not 0 and var count) tokens[token] = count;
        else if (tokens.Remove(token) && tokens.Count == 0) byTarget.Remove(token.To);
        if (token.IsBlocking) return;
        Arrived += by;
        if (ArrivedFor(token.To) + by is not 0 and var left) arrived[token.To] = left;
        else arrived.Remove(token.To);
    }
}

/// <summary>
/// The tokens of a flowchart as they change while it reacts to a child that ended. The bag stays unchanged until the journal has the
/// changes.
/// </summary>
sealed class TokenTurn(TokenBag held)
{
    readonly Dictionary<Token, int> changes = [];
    readonly Dictionary<string, int> arrivals = new(StringComparer.Ordinal);
    readonly List<string> consumed = [];
    int arrived = held.Arrived;

    /// <summary>Whether nothing that arrived is left.</summary>
    public bool IsUsedUp => arrived == 0;

    public bool Has(Token token) => Count(token) > 0;

    public bool HasArrivedFor(string activityId) => ArrivedFor(activityId) > 0;

    public int ArrivedFor(string activityId) => held.ArrivedFor(activityId) + arrivals.GetValueOrDefault(activityId);

    public void Add(Token token) => Change(token, 1);

    public void Remove(Token token) => Change(token, -1);

    /// <summary>Consumes the tokens that had arrived for an activity that ended.</summary>
    public void Consume(string activityId)
    {
        if (!HasArrivedFor(activityId)) return;
        if (!consumed.Contains(activityId, StringComparer.Ordinal)) consumed.Add(activityId);
        foreach (var token in held.For(activityId).Keys.Concat(changes.Keys.Where(token => token.To == activityId)).Distinct().ToList())
            if (!token.IsBlocking) Change(token, -Count(token));
    }

    /// <summary>Returns the changes to record; null if there were no tokens and are none.</summary>
    public TokenChanges? End()
    {
        List<Token> added = [], removed = [];
        foreach (var (token, change) in changes)
        {
            // Consumed tokens are removed as a whole; those that came for the same activity afterwards remain.
            var left = !token.IsBlocking && consumed.Contains(token.To, StringComparer.Ordinal) ? Count(token) : change;
            (left > 0 ? added : removed).AddRange(Enumerable.Repeat(token, Math.Abs(left)));
        }
        var used = consumed.FindAll(activityId => held.ArrivedFor(activityId) > 0);
        return held.IsEmpty && added.Count == 0 ? null
            : new(added.Count == 0 ? null : added, used.Count == 0 ? null : used, removed.Count == 0 ? null : removed);
    }

    int Count(Token token) => held.Count(token) + changes.GetValueOrDefault(token);

    void Change(Token token, int by)
    {
        if (by == 0) return;
        changes[token] = changes.GetValueOrDefault(token) + by;
        if (token.IsBlocking) return;
        arrived += by;
        arrivals[token.To] = arrivals.GetValueOrDefault(token.To) + by;
    }
}
