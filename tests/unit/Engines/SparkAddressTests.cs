using Orchestrator.Spark.Connect;

namespace Orchestrator.Tests.Unit.Engines;

public sealed class SparkAddressTests
{
    [Theory]
    [InlineData("sc://spark", "spark", 15002, false)]
    [InlineData("sc://spark:7000/", "spark", 7000, false)]
    [InlineData("sc://spark/;use_ssl=true", "spark", 15002, true)]
    [InlineData("sc://localhost:15002/;token=secret", "localhost", 15002, false)]
    [InlineData("sc://127.0.0.1/;token=secret;use_ssl=true", "127.0.0.1", 15002, true)]
    public void Address_is_read_as_Sparks_clients_write_it(string text, string host, int port, bool usesTls)
    {
        var address = SparkAddress.Parse(text);
        Assert.Equal((host, port, usesTls), (address.Host, address.Port, address.UsesTls));
    }

    [Fact]
    public void Token_for_another_machine_is_sent_encrypted_unless_the_address_says_otherwise()
    {
        Assert.True(SparkAddress.Parse("sc://spark/;token=secret").UsesTls);
        Assert.False(SparkAddress.Parse("sc://spark/;token=secret;use_ssl=false").UsesTls);
    }

    [Fact]
    public void Token_is_not_shown()
    {
        var address = SparkAddress.Parse("sc://spark/;token=a%3Db;user_id=ann;x-team=sales");
        Assert.Equal(("a=b", "ann", "sales"), (address.Token, address.UserId, address.Headers["x-team"]));
        Assert.Equal("sc://spark:15002/;use_ssl=true", address.ToString());
    }

    [Theory]
    [InlineData("http://spark", "'http://spark' is not the address of a Spark Connect server. Write it such as sc://host:15002/;token=….")]
    [InlineData("sc://spark/path;token=secret", "The address of a Spark Connect server has no path, but 'sc://spark/path' has '/path'. Write it such as sc://host:15002/;token=….")]
    [InlineData("sc://spark/;token", "After 'sc://spark/' there is something without '=', or nothing after it. Write it such as sc://host:15002/;token=….")]
    [InlineData("sc://spark/;token=a;token=b", "'sc://spark/' is followed by 'token' twice. Write it such as sc://host:15002/;token=….")]
    [InlineData("sc://spark/;use_ssl=perhaps", "'use_ssl' is 'perhaps', but must be true or false.")]
    public void What_is_no_address_says_why(string text, string message) =>
        Assert.Equal(message, Assert.Throws<FormatException>(() => SparkAddress.Parse(text)).Message);
}
