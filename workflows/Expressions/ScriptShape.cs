using System.Globalization;
using System.Numerics;
using System.Text;
using Acornima;
using Acornima.Ast;

namespace Orchestrator.Workflows.Expressions;

/// <summary>The built-in objects and functions that a script may reach, judged by its text; found once for each text.</summary>
sealed class ScriptShape
{
    readonly string text;
    readonly IReadOnlyCollection<string>? globals;
    readonly bool isOpen;

    /// <param name="globals">The global names that it refers to; <see langword="null"/> if its text does not show them.</param>
    public ScriptShape(string text, Script program, IReadOnlyCollection<string>? globals)
    {
        this.text = text;
        this.globals = globals is null || globals.Contains("globalThis") || globals.Contains("this") ? null : globals;
        var finder = new Finder();
        finder.Visit(program);
        (HasBigInteger, UnfitNumber) = (finder.HasBigInteger, finder.UnfitNumber);
        // Escapes, computed keys and reflection reach members whose names are not in the text.
        isOpen = this.globals is null || finder.HasComputedKey || text.Contains('\\', StringComparison.Ordinal) || this.globals.Contains("Reflect")
            || text.Contains("getOwnProperty", StringComparison.Ordinal);
    }

    /// <summary>The function through which values within its template literals pass; <see langword="null"/> for none.</summary>
    public string? TextFunction { get; private init; }

    /// <summary>Passes the values within template literals through a function; lines stay in place.</summary>
    /// <returns>The script as it is executed, and the function's name, which the script itself does not have; <see langword="null"/> for no
    /// change.</returns>
    public static (string Text, string Function)? Rewrite(string text, Script program)
    {
        if (!text.Contains("${", StringComparison.Ordinal)) return null;
        var templates = new Templates();
        templates.Visit(program);
        if (templates.Values.Count == 0) return null;
        var name = "$text";
        while (text.Contains(name, StringComparison.Ordinal)) name += "_";
        var written = new StringBuilder(text);
        // From the last place to the first; of two equal places, the inner one ends first.
        var places = templates.Values.SelectMany(value => new[] { (At: value.Start, Text: $"{name}(("), (At: value.End, Text: "))") });
        foreach (var (at, inserted) in places.OrderByDescending(place => place.At)) written.Insert(at, inserted);
        return (written.ToString(), name);
    }

    /// <summary>The shape with the function that <see cref="Rewrite"/> chose.</summary>
    public ScriptShape With(string textFunction) => new(this) { TextFunction = textFunction };

    /// <summary>Whether it has a literal such as <c>3n</c>.</summary>
    public bool HasBigInteger { get; }

    /// <summary>A number that it has and cannot represent, as it is written; <see langword="null"/> for none.</summary>
    public string? UnfitNumber { get; }

    ScriptShape(ScriptShape other) => (text, globals, isOpen, HasBigInteger) = (other.text, other.globals, other.isOpen, other.HasBigInteger);

    /// <summary>Whether it may use a member of this name.</summary>
    public bool MayName(string member) => isOpen || text.Contains(member, StringComparison.Ordinal);

    /// <summary>Whether it may use a global object or function.</summary>
    public bool MayUseGlobal(string name) => globals?.Contains(name) is not false;

    /// <summary>Finds the values within template literals, except tagged ones.</summary>
    sealed class Templates : AstVisitor
    {
        public List<(int Start, int End)> Values { get; } = [];

        protected override object? VisitTemplateLiteral(TemplateLiteral template)
        {
            foreach (var value in template.Expressions) Values.Add((value.Start, value.End));
            return base.VisitTemplateLiteral(template);
        }
    }

    sealed class Finder : AstVisitor
    {
        public bool HasBigInteger { get; private set; }

        public bool HasComputedKey { get; private set; }

        public string? UnfitNumber { get; private set; }

        public override object? Visit(Node node)
        {
            HasBigInteger |= node is Literal { Kind: TokenKind.BigIntLiteral };
            if (node is NumericLiteral { Raw: { Length: > 15 } raw } && !ExactNumbers.IsDouble(Decimal(raw.Replace("_", "", StringComparison.Ordinal))))
                UnfitNumber ??= raw;
            HasComputedKey |= node is MemberExpression { Computed: true, Property: not Literal } or Property { Computed: true, Key: not Literal };
            return base.Visit(node);
        }

        // 0x20000000000001 is a number as well, and 010 an octal one.
        static string Decimal(string raw)
        {
            if (raw[0] != '0' || !char.IsAsciiLetterOrDigit(raw[1]) || raw[1] is 'e' or 'E') return raw;
            var bits = raw[1] switch { 'x' or 'X' => 4, 'b' or 'B' => 1, _ => 3 };
            return raw[(char.IsAsciiDigit(raw[1]) ? 1 : 2)..].Aggregate(BigInteger.Zero, (sum, digit) => (sum << bits) + Convert.ToInt32($"{digit}", 16))
                .ToString(CultureInfo.InvariantCulture);
        }
    }
}
