using System.Text.Json;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Expressions;

/// <summary>A variable that a workflow or a container declares.</summary>
/// <param name="Id">Identity by which activities refer to it.</param>
/// <param name="Name">Name by which scripts and people refer to it.</param>
/// <param name="TypeName">Name of its type, such as <c>Int32</c>; see <see cref="TypeNames"/>.</param>
/// <param name="IsArray">Whether it holds an array of that type.</param>
/// <param name="Default">Its first value, as in the document: mostly text, whatever the type; <see langword="null"/> for none.</param>
public sealed record VariableDefinition(string Id, string Name, string TypeName, bool IsArray, JsonElement? Default) : INamedVariable;

/// <summary>An input or an output that a workflow declares.</summary>
/// <param name="Name">Name by which it is set and read.</param>
/// <param name="TypeName">Name of its type, such as <c>Int32</c>; see <see cref="TypeNames"/>.</param>
/// <param name="IsArray">Whether it holds an array of that type.</param>
/// <param name="IsRequired">Whether a run cannot start without it.</param>
/// <param name="Default">Value if none is given; <see langword="null"/> for none.</param>
/// <param name="Description">One sentence for the person who fills it in.</param>
public sealed record ArgumentDefinition(string Name, string TypeName, bool IsArray, bool IsRequired, JsonElement? Default, string? Description);
