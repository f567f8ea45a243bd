using System.Globalization;
using System.Text;
using System.Text.Json;
using Orchestrator.Spark.DuckDb;

namespace Orchestrator.Activities.Sales.Import;

/// <summary>Reads JSON objects into the rows of a source: the values of those keys that the mapping reads, and no others.</summary>
sealed class JsonSource
{
    const int MaxDepth = 512, MaxKnownKeys = 40, LongestExactNumber = 15;
    const string NoObject = "no JSON object";

    static readonly JsonReaderOptions Options = new() { MaxDepth = MaxDepth };

    readonly LocalDatabase database;
    readonly SourceTable source;
    readonly Key[] keys;
    readonly SortedSet<string> otherKeys = new(StringComparer.Ordinal);
    byte[] unescaped = new byte[1024];
    int unescapedLength;

    /// <summary>Prepares to read.</summary>
    public JsonSource(LocalDatabase database, SourceTable source)
    {
        (this.database, this.source) = (database, source);
        keys = [.. source.Needed.All.Select(name => new Key(name, source.Needed.Ids.Contains(name)))];
    }

    /// <summary>Reads all files.</summary>
    public void Load()
    {
        source.CreateTextTable([.. keys.Select(key => key.Name)]);
        using var rows = new TextTable(database, SourceTable.TextRows);
        using var unreadable = new TextTable(database, "unreadable");
        var objects = 0L;
        for (var file = 0; file < source.Files.Paths.Count; file++)
        {
            using var text = new SourceText(source.Files.Paths[file], source.Format.Encoding);
            var values = new JsonValues(text);
            while (values.Read())
            {
                if ((text.IsText(values.Bytes) ? Parse(values.Bytes) : text.NoText) is { } problem)
                {
                    source.Reject(unreadable, file, values.Line, problem, values.Bytes);
                    continue;
                }
                Add(values.Bytes, file, values.Line, rows);
                objects++;
            }
        }
        if (source.Rows == 0) throw source.Empty();
        rows.Complete();
        unreadable.Complete();
        // A key that is in no object is no column of the source; without any object nothing is known of its keys.
        if (objects > 0) source.Restrict([.. keys.Where(key => key.IsKnown).Select(key => key.Name)], otherKeys);
    }

    /// <returns>Why the bytes are no row; null if they are one.</returns>
    string? Parse(ReadOnlySpan<byte> json)
    {
        foreach (var key in keys) key.Clear();
        unescapedLength = 0;
        try
        {
            var reader = new Utf8JsonReader(json, Options);
            if (!reader.Read() || reader.TokenType is not JsonTokenType.StartObject) return NoObject;
            while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
            {
                var key = Find(reader);
                reader.Read();
                if (key is null) reader.Skip();
                else Take(ref reader, key);
            }
            // What follows the object is found only by going on.
            if (reader.Read()) return NoObject;
        }
        catch (JsonException)
        {
            return NoObject;
        }
        catch (InvalidOperationException)
        {
            return "a text that is no Unicode";
        }
        return Array.Find(keys, key => key.IsAmbiguous) is { } twice
            ? $"the key \"{Excerpt.Of(twice.Name)}\" is there more than once" : null;
    }

    // A key of the very name is meant; only where there is none, one that differs in case.
    Key? Find(in Utf8JsonReader name)
    {
        Key? alike = null;
        foreach (var key in keys)
        {
            if (name.ValueTextEquals(key.Utf8))
            {
                key.Exact++;
                return key;
            }
            if (alike is null && key.IsSpelledAlike(name)) alike = key;
        }
        if (alike is null && otherKeys.Count < MaxKnownKeys && source.Rows < MaxKnownKeys) otherKeys.Add(name.GetString()!);
        if (alike is null) return null;
        alike.Alike++;
        return alike.Exact > 0 ? null : alike;
    }

    void Take(ref Utf8JsonReader reader, Key key)
    {
        key.IsKnown = true;
        var start = (int)reader.TokenStartIndex;
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                key.Value = default;
                break;
            case JsonTokenType.StartObject or JsonTokenType.StartArray:
                reader.Skip();
                key.Value = new(start, (int)reader.BytesConsumed - start);
                break;
            case JsonTokenType.String when reader.ValueIsEscaped:
                Reserve(reader.ValueSpan.Length);
                key.Value = new(unescapedLength, reader.CopyString(unescaped.AsSpan(unescapedLength)), IsUnescaped: true);
                unescapedLength += key.Value.Length;
                break;
            case JsonTokenType.String:
                key.Value = new(start + 1, reader.ValueSpan.Length);
                break;
            case JsonTokenType.Number when !key.IsId && HasThreeDecimals(reader.ValueSpan):
                key.Value = WithFourthDecimal(reader.ValueSpan);
                break;
            case JsonTokenType.Number when key.IsId && reader.ValueSpan.IndexOfAny((byte)'e', (byte)'E') >= 0:
                key.Value = Keep(WithoutExponent(Encoding.ASCII.GetString(reader.ValueSpan)));
                break;
            case JsonTokenType.Number:
                key.Value = new(start, WithoutZeroFraction(reader.ValueSpan));
                break;
            default:
                key.Value = new(start, reader.ValueSpan.Length);
                break;
        }
    }

    // 12345.0 is the number 12345 as programs write it that have passed it through floating point. There, longer ones may have been
    // rounded.
    static int WithoutZeroFraction(ReadOnlySpan<byte> number)
    {
        var point = number.IndexOf((byte)'.');
        return point >= 0 && point <= LongestExactNumber && !number[(point + 1)..].ContainsAnyExcept((byte)'0') ? point : number.Length;
    }

    // 1e3 is the number 1000. From 2^53 on, digits may have been lost: such a number keeps its exponent with a sign, by which the check of
    // ids finds it.
    static string WithoutExponent(string number) =>
        decimal.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && Math.Abs(value) < 9_007_199_254_740_992
            ? value.ToString("0.############################", CultureInfo.InvariantCulture)
            : number.Contains('+', StringComparison.Ordinal) || number.Contains("e-", StringComparison.OrdinalIgnoreCase)
                ? number : number.Replace("e", "e+", StringComparison.OrdinalIgnoreCase);

    Value Keep(string text)
    {
        Reserve(text.Length);
        var value = new Value(unescapedLength, Encoding.UTF8.GetBytes(text, unescaped.AsSpan(unescapedLength)), IsUnescaped: true);
        unescapedLength += value.Length;
        return value;
    }

    // A number of JSON has a decimal point: as text, 1.125 could also be 1125.
    static bool HasThreeDecimals(ReadOnlySpan<byte> number) => number.Length > 4 && number[^4] == '.';

    Value WithFourthDecimal(ReadOnlySpan<byte> number)
    {
        Reserve(number.Length + 1);
        number.CopyTo(unescaped.AsSpan(unescapedLength));
        unescaped[unescapedLength + number.Length] = (byte)'0';
        var value = new Value(unescapedLength, number.Length + 1, IsUnescaped: true);
        unescapedLength += value.Length;
        return value;
    }

    void Reserve(int bytes)
    {
        if (unescaped.Length - unescapedLength < bytes) Array.Resize(ref unescaped, 2 * (unescapedLength + bytes));
    }

    void Add(ReadOnlySpan<byte> json, int file, long line, TextTable rows)
    {
        rows.Begin(file, line);
        for (var i = 0; i < keys.Length; i++)
        {
            var value = keys[i].Value;
            if (value.IsThere) rows.Set(
                i + 2, value.IsUnescaped ? unescaped.AsSpan(value.Start, value.Length) : json.Slice(value.Start, value.Length));
        }
        rows.End();
        source.Count(1);
    }

    /// <summary>A key that is read, and its value in the current object.</summary>
    sealed class Key(string name, bool isId)
    {
        public string Name => name;
        public bool IsId => isId;
        public byte[] Utf8 { get; } = Encoding.UTF8.GetBytes(name);
        public Value Value { get; set; }

        /// <summary>Number of times that the object has the very name.</summary>
        public int Exact { get; set; }

        /// <summary>Number of times that the object has the name in another case.</summary>
        public int Alike { get; set; }

        /// <summary>Whether any object has the key.</summary>
        public bool IsKnown { get; set; }

        public bool IsAmbiguous => Exact > 1 || (Exact == 0 && Alike > 1);

        public void Clear() => (Value, Exact, Alike) = (default, 0, 0);

        public bool IsSpelledAlike(in Utf8JsonReader key) => key.ValueSpan.Length == Utf8.Length && !key.ValueIsEscaped
            && (Ascii.EqualsIgnoreCase(key.ValueSpan, Utf8) || string.Equals(key.GetString(), name, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The place of a value: in the object's bytes, or among those without escapes.</summary>
    /// <param name="Length">Its bytes; the default is no value.</param>
    readonly record struct Value(int Start, int Length, bool IsUnescaped = false)
    {
        public bool IsThere => Start > 0 || IsUnescaped;
    }
}
