using Orchestrator.Server.Machine;
using Orchestrator.Server.Postgres;
using Orchestrator.Server.Texts;

namespace Orchestrator.Tests.Unit.Server;

/// <summary>What the platform says when the machine does not let it work.</summary>
public sealed class PlatformErrorTests
{
    [Theory]
    [InlineData(30, "it lies on a read-only file system")]
    [InlineData(28, "its disk is full")]
    [InlineData(17, "there is a file of that name")]
    public void Data_folder_that_cannot_be_written_says_why(int number, string reason)
    {
        var error = DataDirectory.NotWritable("/data", new IOException("Something : '/data/.probe'", number));

        Assert.Equal("data.not_writable", error.Code);
        Assert.Equal($"The data folder '/data' cannot be written: {reason}. Make it writable, or choose another one with --data.", error.Message);
    }

    [Fact]
    public void Data_folder_of_another_user_says_so() => Assert.Equal(
        "The data folder '/data' cannot be written: access is denied. Make it writable, or choose another one with --data.",
        DataDirectory.NotWritable("/data", new UnauthorizedAccessException()).Message);

    [Fact]
    public void Full_disk_says_how_much_is_needed()
    {
        const string Said = "2026-11-23 05:00:00.000 UTC [7] FATAL:  could not write to file \"pg_wal/xlogtemp.7\": No space left on device";

        var error = PostgresFailure.From(Said, "/data/postgres/cluster", "/data/postgres/log/postgres.log");

        Assert.Equal("postgres.disk_full", error.Code);
        Assert.Equal("The disk of '/data/postgres/cluster' is full, so PostgreSQL cannot start. Free at least 200 MB, or choose a folder on another disk with --data.", error.Message);
    }

    [Fact]
    public void Any_other_failure_gives_the_server_s_own_reason_and_its_log()
    {
        const string Said = """
            2026-11-23 05:00:00.000 UTC [7] LOG:  starting PostgreSQL 18.4
            2026-11-23 05:00:00.001 UTC [7] FATAL:  could not map anonymous shared memory: Cannot allocate memory
            2026-11-23 05:00:00.002 UTC [7] HINT:  Reduce it.
            pg_ctl: could not start server
            """;

        var error = PostgresFailure.From(Said, "/data/postgres/cluster", "/data/postgres/log/postgres.log");

        Assert.Equal("postgres.start_failed", error.Code);
        Assert.Equal("PostgreSQL did not start: could not map anonymous shared memory: Cannot allocate memory. Its log is '/data/postgres/log/postgres.log'.", error.Message);
    }

    [Theory]
    [InlineData("postgres://me:s%40cret@db.example:6543/sales", "Host=db.example;Port=6543;Database=sales;Username=me;Password=s@cret")]
    [InlineData("postgresql://me@127.0.0.1", "Host=127.0.0.1;Port=5432;Username=me")]
    [InlineData("Host=db;Username=me", "Host=db;Username=me")]
    public void Server_is_named_by_connection_string_or_address(string text, string connectionString) =>
        Assert.True(new Npgsql.NpgsqlConnectionStringBuilder(connectionString).EquivalentTo(new Npgsql.NpgsqlConnectionStringBuilder(PostgresAddress.Read(text))));

    [Fact]
    public void Text_that_is_no_address_is_not_repeated_since_it_may_hold_a_password()
    {
        var error = Assert.Throws<PlatformException>(() => PostgresAddress.Read("Hosst=db;Password=secret"));

        Assert.Equal("What --postgres gives is not a connection string. Write it such as 'Host=127.0.0.1;Port=5432;Username=me;Password=secret;Database=sales'.", error.Message);
    }
}
