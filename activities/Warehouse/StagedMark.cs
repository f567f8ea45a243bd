using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Activities.Warehouse;

/// <summary>
/// Mark of a staging table that names the source of its rows. It is the table's comment, written in the transaction that copies the rows,
/// so a table with its mark has all of them.
/// </summary>
/// <param name="connection">The session that stages.</param>
/// <param name="name">Name of the staging table in the schema <c>sales</c>.</param>
/// <param name="content">What the rows depend on, beside the version of the program.</param>
sealed class StagedMark(NpgsqlConnection connection, string name, string content)
{
    static readonly string Version =
        typeof(StagedMark).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    readonly string key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Version} {content}")));

    /// <summary>Finds what was copied; <see langword="null"/> if there is no such table, or one with other rows.</summary>
    public async Task<CopiedRows?> FindAsync(CancellationToken cancellationToken)
    {
        var mark = await connection.Command("select obj_description(to_regclass('sales.' || $1), 'pg_class')", name)
            .ScalarAsync<string>(cancellationToken);
        return mark?.Split(' ') is [var found, var rows, var money, var bytes] && found == key
            ? new(long.Parse(rows, CultureInfo.InvariantCulture), Int128.Parse(money, CultureInfo.InvariantCulture),
                long.Parse(bytes, CultureInfo.InvariantCulture))
            : null;
    }

    /// <summary>Marks the table.</summary>
    public Task SetAsync(CopiedRows copied, CancellationToken cancellationToken)
    {
        // A hash and numbers; the name comes from the fixed list of tables.
        var mark = string.Create(CultureInfo.InvariantCulture, $"{key} {copied.Rows} {copied.Money} {copied.Bytes}");
        return connection.Command($"comment on table sales.{name} is '{mark}'").ExecuteAsync(cancellationToken);
    }
}
