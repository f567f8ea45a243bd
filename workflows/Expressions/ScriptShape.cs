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

    /// <summary>The function that <see cref="Rewrite"/> put into the script; <see langword="null"/> for none.</summary>
    public string? CheckFunction { get; private init; }

    /// <summary>
    /// Lets values that one step of the engine makes much of pass through a function: those within template literals, those whose members
    /// are enumerated, those that a long chain adds, and those that a sign turns into a number. Lines stay where they are.
    /// </summary>
    /// <returns>The script as it is executed, and the function's name, which the script itself does not have; <see langword="null"/> for no change.</returns>
    public static (string Text, string Function)? Rewrite(string text, Script program, ScriptLimits limits)
    {
        var finder = new ScriptPlaces();
        finder.Visit(program);
        if (finder.Values.Count + finder.Rests.Count == 0) return null;
        var name = "$check";
        while (text.Contains(name, StringComparison.Ordinal)) name += "_";
        var places = finder.Values.SelectMany(value => new[]
        {
            (At: value.Start, Text: $"{name}(("),
            (At: value.End, Text: $"),{(int)value.Use})"),
        }).ToList();
        // What a pattern takes apart is in nobody's hands. A text that is too long has a character at this place, which calls the function.
        var rest = $"{limits.Members}:{{{name}:{{}}={name}(0,{(int)ScriptUse.TooManyMembers})}}={{{name}:0}},";
        places.AddRange(finder.Rests.Select(at => (at, rest)));
        // Where two are the same, the inner one ends first.
        places.Reverse();
        var (written, done) = (new StringBuilder(), 0);
        foreach (var (at, inserted) in places.OrderBy(place => place.At))
        {
            written.Append(text, done, at - done).Append(inserted);
            done = at;
        }
        return (written.Append(text, done, text.Length - done).ToString(), name);
    }

    /// <summary>The shape with the function that <see cref="Rewrite"/> chose.</summary>
    public ScriptShape With(string checkFunction) => new(this) { CheckFunction = checkFunction };

    /// <summary>Whether it has a literal such as <c>3n</c>.</summary>
    public bool HasBigInteger { get; }

    /// <summary>A number that it has and cannot represent, as it is written; <see langword="null"/> for none.</summary>
    public string? UnfitNumber { get; }

    ScriptShape(ScriptShape other) => (text, globals, isOpen, HasBigInteger) = (other.text, other.globals, other.isOpen, other.HasBigInteger);

    /// <summary>Whether it may use a member of this name.</summary>
    public bool MayName(string member) => isOpen || text.Contains(member, StringComparison.Ordinal);

    /// <summary>Whether it may use a global object, by its name or as the constructor of something.</summary>
    public bool MayReach(string name) => isOpen || text.Contains("constructor", StringComparison.Ordinal) || MayUseGlobal(name);

    /// <summary>Whether it may use a global object or function.</summary>
    public bool MayUseGlobal(string name) => globals?.Contains(name) is not false;

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
        static string Decimal(string raw) =>
            raw[0] != '0' || !char.IsAsciiLetterOrDigit(raw[1]) || raw[1] is 'e' or 'E' ? raw
            : ExactNumbers.DecimalOf(raw[(char.IsAsciiDigit(raw[1]) ? 1 : 2)..],
                raw[1] switch { 'x' or 'X' => 16, 'b' or 'B' => 2, _ => 8 });
    }
}
