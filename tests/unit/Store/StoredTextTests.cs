using Orchestrator.Workflows.Storage;

namespace Orchestrator.Tests.Unit.Store;

public sealed class StoredTextTests
{
    [Theory]
    [InlineData("plain ü 😀", "plain ü 😀")]
    [InlineData("a\0b", "a\uFFFDb")]
    public void What_PostgreSQL_cannot_hold_is_marked(string text, string expected) => Assert.Equal(expected, StoredText.Of(text));

    [Fact]
    public void Half_a_character_is_marked() => Assert.Equal("a\uFFFDb", StoredText.Of($"a{(char)0xD800}b"));

    [Theory]
    [InlineData(@"{""a"":""\u0000""}", @"{""a"":""\uFFFD""}")]
    [InlineData(@"{""a"":""\\u0000""}", @"{""a"":""\\u0000""}")]
    [InlineData(@"{""a"":""\\\u0000""}", @"{""a"":""\\\uFFFD""}")]
    public void Only_an_escape_of_it_is_changed_in_JSON(string json, string expected) => Assert.Equal(expected, StoredText.OfJson(json));

    [Fact]
    public void Lists_of_texts_are_looked_through()
    {
        Assert.Equal(["a", "\uFFFD", null], (string?[])StoredText.OfParameter(new[] { "a", "\0", null })!);
        var fine = new[] { "a" };
        Assert.Same(fine, StoredText.OfParameter(fine));
    }
}
