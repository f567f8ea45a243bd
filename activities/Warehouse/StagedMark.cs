using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Orchestrator.Activities.Warehouse;

/// <summary>
/// Says of a staging table what its rows are. It is the table's comment, written in the transaction that copies the rows, so a table with
/// its mark has all of them.
/// </summary>
/// <param name="connection">The session that stages.</param>
/// <param name="name">Name of the staging table in the schema <c>sales</c>.</param>
/// <param name="content">What the rows depend on, beside the version of the program.</param>
sealed class StagedMark(NpgsqlConnection connection, string name, string content)
{
    static readonly string Version = typeof(StagedMark).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    readonly string key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Version} {content}")));

    /// <summary>What was copied; <see langword="null"/> where there is no such table, or one with other rows.</summary>
    public async Task<CopiedRows?> FindAsync(CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select obj_description(to_regclass('sales.' || $1), 'pg_class')", connection);
        command.Parameters.Add(new() { Value = name });
        return await command.ExecuteScalarAsync(cancellationToken) is string mark && mark.Split(' ') is [var found, var rows, var money, var bytes] && found == key
            ? new(long.Parse(rows, CultureInfo.InvariantCulture), Int128.Parse(money, CultureInfo.InvariantCulture), long.Parse(bytes, CultureInfo.InvariantCulture))
            : null;
    }

    /// <summary>Marks the table.</summary>
    public async Task SetAsync(CopiedRows copied, CancellationToken cancellationToken)
    {
        var mark = string.Create(CultureInfo.InvariantCulture, $"{key} {copied.Rows} {copied.Money} {copied.Bytes}");
#pragma warning disable CA2100 // A hash and numbers; the name comes from the fixed list of tables.
        await using var command = new NpgsqlCommand($"comment on table sales.{name} is '{mark}'", connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
