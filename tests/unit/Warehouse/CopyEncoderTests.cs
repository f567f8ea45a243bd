using System.Buffers.Binary;
using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Orchestrator.Activities.Warehouse;

namespace Orchestrator.Tests.Unit.Warehouse;

public sealed class CopyEncoderTests
{
    [Theory]
    [InlineData(0, 2, "0")]
    [InlineData(1, 2, "0.01")]
    [InlineData(-123405, 2, "-1234.05")]
    [InlineData(999_999_999_999_999_999, 2, "9999999999999999.99")]
    [InlineData(-999_999_999_999_999_999, 4, "-99999999999999.9999")]
    [InlineData(10_000, 4, "1")]
    [InlineData(long.MinValue, 4, "-922337203685477.5808")]
    public void Number_is_written_as_PostgreSQL_reads_it(long value, int scale, string expected) =>
        Assert.Equal(decimal.Parse(expected, CultureInfo.InvariantCulture), Read(Write(value, scale), scale));

    [Fact]
    public void Every_number_reads_back_as_it_was() =>
        Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.ArbFor<long>(), ArbMap.Default.ArbFor<byte>(), (value, any) =>
        {
            var scale = any % 13;
            return Read(Write(value, scale), scale) == value / (decimal)Math.Pow(10, scale);
        }));

    [Fact]
    public void Header_is_that_of_the_format() => Assert.Equal("5047434F50590AFF0D0A000000000000000000", Convert.ToHexString(CopyEncoder.Header));

    static unsafe byte[] Write(long value, int scale)
    {
        var bytes = new byte[28];
        fixed (byte* start = bytes)
        {
            var target = start;
            CopyEncoder.WriteNumeric(value, scale, ref target);
            return bytes[..(int)(target - start)];
        }
    }

    // Base-10000 digits from the weight down, as numeric_recv takes them.
    static decimal Read(byte[] bytes, int scale)
    {
        var (digits, weight, sign) = (Short(0), Short(1), (ushort)Short(2));
        Assert.Equal(scale, Short(3));
        Assert.Equal(8 + (2 * digits), bytes.Length);
        var value = 0m;
        for (var digit = 0; digit < digits; digit++)
        {
            Assert.InRange(Short(4 + digit), 0, 9_999);
            var power = weight - digit;
            value += power >= 0 ? Short(4 + digit) * Power(power) : Short(4 + digit) / Power(-power);
        }
        return sign == 0x4000 ? -value : value;

        short Short(int at) => BinaryPrimitives.ReadInt16BigEndian(bytes.AsSpan(2 * at));

        static decimal Power(int exponent) => Enumerable.Range(0, exponent).Aggregate(1m, (product, _) => product * 10_000m);
    }
}
