using System.Text;
using FsCheck.Fluent;
using Orchestrator.Activities.Sales.Import;

namespace Orchestrator.Tests.Unit.Sales;

public sealed class CsvReaderTests : IDisposable
{
    readonly string path = Path.GetTempFileName();

    public void Dispose() => File.Delete(path);

    [Fact]
    public void What_is_written_as_RFC_4180_says_is_read_back()
    {
        var field = Gen.Elements("", "a", "ü", "two words", "a;b", "say \"hi\"", "\"", "line\nend", "line\r\nend", ";;", "\"\"", "7,5").ArrayOf(3);
        FsCheck.Check.QuickThrowOnFailure(Prop.ForAll(field.ArrayOf().ToArbitrary(), Gen.Elements("\n", "\r\n").ToArbitrary(), (rows, lineEnd) =>
        {
            File.WriteAllText(path, string.Concat(rows.Select(row => string.Join(';', row.Select(Quoted)) + lineEnd)));
            var read = Read(fields: 3);
            return read.TrueForAll(record => record.Problem is null) && read.Select(record => string.Join('|', record.Fields)).SequenceEqual(rows.Select(row => string.Join('|', row)));
        }));

        static string Quoted(string value) => $"\"{value.Replace("\"", "\"\"")}\"";
    }

    [Fact]
    public void Any_bytes_are_read_to_the_end_with_every_line_accounted_for()
    {
        FsCheck.Check.QuickThrowOnFailure(Prop.ForAll(Gen.Elements((byte)'a', (byte)'"', (byte)';', (byte)'\n', (byte)'\r', (byte)0xFC).ArrayOf().ToArbitrary(), bytes =>
        {
            File.WriteAllBytes(path, bytes);
            var read = Read(fields: 2);
            var lines = bytes.Count(b => b is (byte)'\n' or (byte)'\r') + 1;
            return read.Select(record => record.Line).SequenceEqual(read.Select(record => record.Line).Distinct().Order()) && read.TrueForAll(record => record.Line <= lines)
                && read.TrueForAll(record => record.Problem is not null || record.Fields.Length == 2);
        }));
    }

    [Fact]
    public void A_line_longer_than_the_buffer_is_read_and_a_longer_one_refused()
    {
        File.WriteAllText(path, $"{new string('x', 900_000)};1\n{new string('y', 900_000)};2\n");
        Assert.Equal([900_000, 900_000], Read(fields: 2).Select(record => record.Fields[0].Length));
        File.WriteAllText(path, new string('x', 5_000_000));
        var failure = Assert.Throws<Orchestrator.Workflows.Values.ActivityFailedException>(() => Read(fields: 2));
        Assert.Equal("import.not_text", failure.Code);
    }

    List<(long Line, string? Problem, string[] Fields)> Read(int fields)
    {
        using var text = new SourceText(path, encoding: null);
        var reader = new CsvReader(text, (byte)';', (byte)'"') { ExpectedFields = fields };
        var records = new List<(long, string?, string[])>();
        while (reader.Read()) records.Add((reader.Line, reader.Problem, reader.Problem is null ? CsvDialect.FieldsOf(reader) : [Encoding.Latin1.GetString(reader.Record)]));
        return records;
    }
}
