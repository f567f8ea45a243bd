using Acornima;
using Acornima.Ast;

namespace Orchestrator.Workflows.Expressions;

/// <summary>Finds the places of a script where the engine makes much of a value in one step.</summary>
sealed class ScriptPlaces : AstVisitor
{
    /// <summary>Additions of one statement that are left alone.</summary>
    const int FewAdditions = 4;

    List<Acornima.Ast.Expression> added = [];

    /// <summary>Values that are to pass through a function.</summary>
    public List<(int Start, int End, ScriptUse Use)> Values { get; } = [];

    /// <summary>Places of patterns that take the rest of an object.</summary>
    public List<int> Rests { get; } = [];

    public override object? Visit(Node node)
    {
        if (node is not Statement) return base.Visit(node);
        var outer = added;
        added = [];
        base.Visit(node);
        if (added.Count > FewAdditions) foreach (var value in added) Add(value, ScriptUse.Added);
        added = outer;
        return node;
    }

    protected override object? VisitTemplateLiteral(TemplateLiteral template)
    {
        foreach (var value in template.Expressions) Add(value, ScriptUse.InText);
        return base.VisitTemplateLiteral(template);
    }

    protected override object? VisitObjectExpression(ObjectExpression made)
    {
        foreach (var property in made.Properties) if (property is SpreadElement spread) Add(spread.Argument, ScriptUse.Members);
        return base.VisitObjectExpression(made);
    }

    protected override object? VisitForInStatement(ForInStatement loop)
    {
        Add(loop.Right, ScriptUse.Members);
        return base.VisitForInStatement(loop);
    }

    protected override object? VisitObjectPattern(ObjectPattern pattern)
    {
        foreach (var property in pattern.Properties) if (property is RestElement) Rests.Add(pattern.Start + 1);
        return base.VisitObjectPattern(pattern);
    }

    protected override object? VisitUnaryExpression(UnaryExpression sign)
    {
        if (sign.Operator is Operator.UnaryPlus or Operator.UnaryNegation && sign.Argument is not NumericLiteral)
            Add(sign.Argument, ScriptUse.Number);
        return base.VisitUnaryExpression(sign);
    }

    protected override object? VisitBinaryExpression(BinaryExpression sum)
    {
        if (sum.Operator is Operator.Addition) added.Add(sum.Right);
        return base.VisitBinaryExpression(sum);
    }

    protected override object? VisitAssignmentExpression(AssignmentExpression sum)
    {
        if (sum.Operator is Operator.AdditionAssignment) added.Add(sum.Right);
        return base.VisitAssignmentExpression(sum);
    }

    void Add(Node value, ScriptUse use) => Values.Add((value.Start, value.End, use));
}

/// <summary>The use of a value that passes through the function of <see cref="ScriptShape.Rewrite"/>.</summary>
enum ScriptUse
{
    /// <summary>A template literal makes a text of it.</summary>
    InText,

    /// <summary>Each of its members is taken.</summary>
    Members,

    /// <summary>Members were about to be taken, and there are too many.</summary>
    TooManyMembers,

    /// <summary>The value is a part of a sum.</summary>
    Added,

    /// <summary>A sign makes a number of it.</summary>
    Number,
}
