using System.Collections;
using System.Text.Encodings.Web;
using System.Text.RegularExpressions;
using DotLiquid;
using DotLiquid.Exceptions;

namespace Orchestrator.Workflows.Expressions;

/// <summary>
/// The Liquid of the templates: DotLiquid's, without access to files and settings, with values encoded for HTML where they are shown.
/// DotLiquid keeps this for the whole process; it is set once, before the first template is parsed, and only read afterwards.
/// </summary>
static partial class LiquidLanguage
{
    /// <summary>Largest number of nested blocks; each takes a call of the parser.</summary>
    const int DeepestBlock = 60;

    const string UnknownTag = "Unknown tag '";

    static readonly string[] Removed = ["include", "extends", "block", "param"];

    static readonly string[] Blocks = ["if", "unless", "for", "case", "capture", "tablerow", "ifchanged", "comment"];

    static LiquidLanguage()
    {
        // The first use of Liquid registers its own tags and filters; the following lines replace some.
        Liquid.UseRubyDateFormat = true;
        Template.RegexTimeOut = TimeSpan.FromSeconds(1);
        Template.RegisterFilter(typeof(LiquidFilters));
        Template.RegisterTag<LiquidCapture>("capture");
        Template.RegisterTag<LiquidAssign>("assign");
        foreach (var name in Removed) Template.RegisterTagFactory(new Unknown(name));
        Template.RegisterValueTypeTransformer(typeof(string), static text => Encode((string)text));
        Template.RegisterValueTypeTransformer(typeof(IEnumerable), static values => Encode(LiquidValues.TextOf(values)));
    }

    /// <summary>Sets the language, once.</summary>
    public static void Prepare() { }

    /// <summary>Refuses a template that would exceed its limits, before it is parsed.</summary>
    /// <exception cref="SyntaxException">It has too many nested blocks, or a range outside a loop, which would have no limit.</exception>
    public static void Check(string template)
    {
        var depth = 0;
        foreach (Match tag in Tags().Matches(template))
        {
            var name = tag.Groups["name"].Value;
            if (Blocks.Contains(name, StringComparer.Ordinal)) depth++;
            else if (name.StartsWith("end", StringComparison.Ordinal)) depth--;
            if (depth > DeepestBlock) throw new SyntaxException($"More than {DeepestBlock} blocks stand within each other.");
            if (name is not ("for" or "tablerow") && Ranges().IsMatch(Quoted().Replace(tag.Value, "")))
                throw new SyntaxException("A range such as (1..3) can be used by the tags for and tablerow only.");
        }
    }

    /// <summary>Returns the code of a template: the insides of its tags, or the whole template if a tag does not end.</summary>
    public static string CodeOf(string template)
    {
        var tags = Tags().Matches(template);
        return tags.All(tag => template.AsSpan(tag.Index + tag.Length) is ['}', '}', ..] or ['%', '}', ..])
            ? string.Join('\n', tags.Select(tag => tag.Value)) : template;
    }

    /// <summary>Whether a template has a tag that nobody knows; DotLiquid says so by its message alone.</summary>
    public static bool IsOfUnknownTag(SyntaxException unreadable) => unreadable.Message.Contains(UnknownTag, StringComparison.Ordinal);

    static string Encode(string text) => HtmlEncoder.Default.Encode(text);

    // The end is found as DotLiquid finds it: not within quotes.
    [GeneratedRegex("""\{%-?\s*(?<name>\w*)(?:%*(?:'[^']*'|"[^"]*"|[^'"%}])|\})*|\{\{(?:\}?(?:'[^']*'|"[^"]*"|[^'"}]))*""", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Tags();

    [GeneratedRegex("""\([^()]*\.\.""", RegexOptions.NonBacktracking)]
    private static partial Regex Ranges();

    [GeneratedRegex("""('[^']*')|("[^"]*")""", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Quoted();

    /// <summary>Makes a tag unknown again.</summary>
    sealed class Unknown(string name) : ITagFactory
    {
        public string TagName => name;

        public Tag Create() => throw new SyntaxException($"{UnknownTag}{name}'");
    }
}

/// <summary>Limits the length of a block's output, as <c>capture</c> keeps it.</summary>
sealed class LiquidCapture : Block
{
    string to = "";

    public override void Initialize(string tagName, string markup, List<string> tokens)
    {
        to = markup.Trim().Trim('\'', '"');
        if (to.Length == 0 || !to.All(letter => char.IsLetterOrDigit(letter) || letter is '_' or '-')) throw new SyntaxException("Syntax Error in 'capture' tag - Valid syntax: capture [var]");
        base.Initialize(tagName, markup, tokens);
    }

    public override void Render(Context context, TextWriter result)
    {
        using var captured = new LiquidWriter(LiquidWriter.LongestIn(context));
        base.Render(context, captured);
        LiquidWriter.EnsureMemory(context);
        context.Scopes[^1][to] = captured.ToString();
    }
}

/// <summary>Keeps a value under a name, as <c>assign</c> does, while the template has memory left.</summary>
sealed class LiquidAssign : DotLiquid.Tags.Assign
{
    public override void Render(Context context, TextWriter result)
    {
        LiquidWriter.EnsureMemory(context);
        base.Render(context, result);
    }
}
