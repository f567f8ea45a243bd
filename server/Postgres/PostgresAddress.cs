using System.Globalization;
using Npgsql;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.Postgres;

/// <summary>Address of a PostgreSQL server that a person gave.</summary>
public static class PostgresAddress
{
    /// <summary>Code of a server that does not answer.</summary>
    public const string Unreachable = "postgres.unreachable";

    /// <summary>Reads a connection string, or an address such as <c>postgres://user:password@host:5432/database</c>.</summary>
    /// <exception cref="PlatformException"><c>postgres.bad_address</c>.</exception>
    public static string Read(string text)
    {
        try
        {
            return text.StartsWith("postgres://", StringComparison.Ordinal) || text.StartsWith("postgresql://", StringComparison.Ordinal)
                ? FromUri(new Uri(text))
                : new NpgsqlConnectionStringBuilder(text).ConnectionString;
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            // The text may hold a password, so it is not repeated.
            throw new PlatformException("postgres.bad_address",
                "What --postgres gives is not a connection string. Write it such as 'Host=127.0.0.1;Port=5432;Username=me;Password=secret;Database=sales'.", error);
        }
    }

    /// <summary>Opens a connection, so that problems are reported before any work.</summary>
    /// <exception cref="PlatformException"><c>postgres.unreachable</c>, <c>postgres.wrong_password</c>, <c>postgres.no_database</c>.</exception>
    public static async Task CheckAsync(string connectionString, CancellationToken cancellationToken)
    {
        var address = new NpgsqlConnectionStringBuilder(connectionString);
        var server = string.Create(CultureInfo.InvariantCulture, $"{address.Host}:{address.Port}");
        try
        {
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync(cancellationToken);
        }
        catch (PostgresException error) when (error.SqlState is PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification)
        {
            throw new PlatformException("postgres.wrong_password",
                $"The PostgreSQL server at {server} refused user '{address.Username}': wrong user or password. Correct them in --postgres.", error);
        }
        catch (PostgresException error) when (error.SqlState is PostgresErrorCodes.InvalidCatalogName)
        {
            throw new PlatformException("postgres.no_database",
                $"The PostgreSQL server at {server} has no database '{address.Database}'. Create it, or name another one in --postgres.", error);
        }
        catch (NpgsqlException error)
        {
            var reason = (error.InnerException ?? error).Message.TrimEnd('.');
            throw new PlatformException(Unreachable,
                $"No PostgreSQL server could be reached at {server}: {reason}. Start it, or leave --postgres out to use the embedded one.", error);
        }
    }

    static string FromUri(Uri address)
    {
        var user = address.UserInfo.Split(':', 2);
        return new NpgsqlConnectionStringBuilder
        {
            Host = address.Host, Port = address.Port > 0 ? address.Port : 5432,
            Username = user[0].Length > 0 ? Uri.UnescapeDataString(user[0]) : null,
            Password = user.Length > 1 ? Uri.UnescapeDataString(user[1]) : null,
            Database = address.AbsolutePath.Trim('/') is { Length: > 0 } database ? Uri.UnescapeDataString(database) : null,
        }.ConnectionString;
    }
}
