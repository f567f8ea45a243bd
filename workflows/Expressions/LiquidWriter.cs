using System.Globalization;
using System.Text;
using DotLiquid;

namespace Orchestrator.Workflows.Expressions;

/// <summary>Receives the output of a template, up to a length.</summary>
/// <param name="longest">Largest number of characters.</param>
sealed class LiquidWriter(int longest) : StringWriter(CultureInfo.InvariantCulture)
{
    /// <summary>Key of the greatest length that a text may have, in a context.</summary>
    public const string Longest = "longest";

    public override Encoding Encoding => Encoding.UTF8;

    public static int LongestIn(Context context) => (int)context.Registers[Longest];

    /// <summary>Key of the number of bytes that the thread may have allocated at the end, in a context.</summary>
    public const string Memory = "memory";

    /// <summary>Makes sure that a text of this length may be made.</summary>
    public static void Allow(Context context, long length)
    {
        EnsureMemory(context);
        if (length > LongestIn(context)) throw new LiquidTooLongException();
    }

    /// <summary>Makes sure that the template has not allocated more than it may, released memory included.</summary>
    public static void EnsureMemory(Context context)
    {
        if (GC.GetAllocatedBytesForCurrentThread() > (long)context.Registers[Memory]) throw new LiquidMemoryException();
    }

    public override void Write(string? value)
    {
        if (GetStringBuilder().Length + (value?.Length ?? 0) > longest) throw new LiquidTooLongException();
        base.Write(value);
    }
}

/// <summary>A template exceeded its length.</summary>
sealed class LiquidTooLongException() : Exception("The text is too long.");

/// <summary>A template exceeded its memory.</summary>
sealed class LiquidMemoryException() : Exception("The template took too much memory.");
