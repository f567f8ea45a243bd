using System.Globalization;
using System.Text;
using DotLiquid;

namespace Orchestrator.Workflows.Expressions;

/// <summary>Takes what a template renders, up to a length.</summary>
/// <param name="longest">Characters that it takes.</param>
sealed class LiquidWriter(int longest) : StringWriter(CultureInfo.InvariantCulture)
{
    /// <summary>Where a context keeps the length that a text may have.</summary>
    public const string Longest = "longest";

    public override Encoding Encoding => Encoding.UTF8;

    public static int LongestIn(Context context) => (int)context.Registers[Longest];

    public static void Allow(Context context, long length)
    {
        if (length > LongestIn(context)) throw new LiquidTooLongException();
    }

    public override void Write(string? value)
    {
        if (GetStringBuilder().Length + (value?.Length ?? 0) > longest) throw new LiquidTooLongException();
        base.Write(value);
    }
}

/// <summary>A template made more text than it may.</summary>
sealed class LiquidTooLongException() : Exception("The text is too long.");
