using System.Collections.Frozen;

namespace Orchestrator.Activities.Sales.Import;

/// <summary>The amount of text that a function may give, by its arguments.</summary>
enum Growth
{
    /// <summary>A number, a date or another value of fixed size.</summary>
    Fixed = 0,

    /// <summary>At most its arguments.</summary>
    Text = 1,

    /// <summary>At most two bytes for each byte of its arguments.</summary>
    Letters = 2,

    /// <summary>A list of pieces of its arguments, or their letters taken apart.</summary>
    Pieces = 3,

    /// <summary>The arguments, with the first one between them.</summary>
    Separated = 4,

    /// <summary>The first argument with the third one at any place.</summary>
    Replaced = 5,

    /// <summary>The first argument with the third one, with parts of the first, at any place.</summary>
    Rewritten = 6,

    /// <summary>As many characters as the second argument says, which must be a constant.</summary>
    Padded = 7,

    /// <summary>The first argument as often as the second one says, which must be a constant.</summary>
    Repeated = 8,

    /// <summary>A date by a format.</summary>
    Formatted = 9,

    /// <summary>A value at a path of a JSON text, or a list of them where the path has wildcards.</summary>
    Path = 10,

    /// <summary>Whether the first argument matches a pattern with wildcards.</summary>
    Match = 11,

    /// <summary>A part of the first argument.</summary>
    Part = 12,
}

/// <summary>
/// The functions that mappings may call. None makes more than its arguments allow, so memory follows from the length of the source's texts.
/// </summary>
static class MappingFunctions
{
    /// <summary>Functions that are macros, with how many copies of an argument's expression they take.</summary>
    public static readonly FrozenDictionary<string, int> CopiesInMacros = new Dictionary<string, int>
    {
        ["number"] = 2, ["nullif"] = 2, ["split_part"] = 2, [StrictDates.DayOf] = 5, [StrictDates.TryDayOf] = 5,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>By name.</summary>
    public static readonly FrozenDictionary<string, Growth> All = Of(
        (Growth.Fixed, """
            + - * / // % ^ ** & | ~ << >> @ add subtract multiply divide mod abs sign round round_even even floor ceil ceiling trunc
            sqrt cbrt exp ln log log2 log10 pow power isnan isinf isfinite gcd lcm number
            = ^@ contains prefix suffix starts_with ends_with
            regexp_matches regexp_full_match instr position strpos length len strlen char_length character_length octet_length
            ascii ord unicode chr hash md5 sha1 sha256
            year month day quarter week weekofyear dayofmonth dayofweek dayofyear weekday isodow isoyear yearweek
            hour minute second millisecond microsecond
            date_part datepart date_trunc datetrunc date_diff datediff date_sub datesub last_day dayname monthname
            epoch epoch_ms epoch_us epoch_ns make_date make_time make_timestamp to_timestamp timezone strptime try_strptime time_bucket age
            to_years to_quarters to_months to_weeks to_days to_hours to_minutes to_seconds to_milliseconds to_microseconds day_of try_day_of
            json_array_length json_valid json_type
            """),
        (Growth.Text, """
            concat || trim ltrim rtrim left right substr substring split_part nullif greatest least reverse
            list_extract list_element array_extract list_value
            """),
        (Growth.Letters, "lower lcase upper ucase strip_accents"),
        (Growth.Pieces, "split str_split string_split string_to_array nfc_normalize"),
        (Growth.Separated, "concat_ws"),
        (Growth.Replaced, "replace"),
        (Growth.Rewritten, "regexp_replace translate"),
        (Growth.Padded, "lpad rpad"),
        (Growth.Repeated, "repeat"),
        (Growth.Formatted, "strftime"),
        (Growth.Match, "~~ !~~ ~~* !~~* ~~~ like_escape not_like_escape ilike_escape not_ilike_escape"),
        (Growth.Part, "regexp_extract"),
        (Growth.Path, "->> json_extract json_extract_string json_extract_path json_extract_path_text json_value"));

    /// <summary>Types that a mapping may cast to: values of fixed size, and text.</summary>
    public static readonly FrozenSet<string> Types = FrozenSet.ToFrozenSet(
    [
        "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT",
        "FLOAT", "DOUBLE", "DECIMAL", "DATE", "TIME", "TIME WITH TIME ZONE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS",
        "TIMESTAMP WITH TIME ZONE", "INTERVAL", "UUID", "VARCHAR",
    ]);

    /// <summary>Operators that are no functions to DuckDB.</summary>
    public static readonly FrozenSet<string> Operators = FrozenSet.ToFrozenSet(
    [
        "OPERATOR_NOT", "OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL", "OPERATOR_COALESCE", "OPERATOR_TRY",
        "COMPARE_IN", "COMPARE_NOT_IN", "ARRAY_EXTRACT", "ARRAY_SLICE",
    ]);

    static FrozenDictionary<string, Growth> Of(params (Growth Growth, string Names)[] groups) =>
        (from entry in groups
         from name in entry.Names.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
         select KeyValuePair.Create(name, entry.Growth)).ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
}
