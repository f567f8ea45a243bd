using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Server.Access;

/// <summary>
/// Stores the keys that sign forms in the database, so that a form opened before a restart or on another server can be sent.
/// </summary>
/// <remarks>Logins do not depend on these keys, so reading them does not allow forging a login.</remarks>
sealed class FormKeys(StoreDatabase store) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var command = store.DataSource.CreateCommand("select xml from orchestrator.access_form_key");
        using var row = command.ExecuteReader();
        var found = new List<XElement>();
        while (row.Read()) found.Add(XElement.Parse(row.GetString(0)));
        return found;
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        using var command = store.DataSource.CreateCommand("insert into orchestrator.access_form_key (name, xml) values ($1, $2) on conflict do nothing");
        command.Parameters.Add(new() { Value = friendlyName });
        command.Parameters.Add(new() { Value = element.ToString(SaveOptions.DisableFormatting) });
        command.ExecuteNonQuery();
    }
}
