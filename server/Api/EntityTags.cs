using System.Globalization;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.Api;

/// <summary>
/// ETags of editable resources: a change names the version it was made from, so that two people cannot overwrite each other's work
/// unseen.
/// </summary>
static class EntityTags
{
    /// <summary>Creates the ETag of a version, such as a number or a checksum.</summary>
    public static string Of(object version) => $"\"{version}\"";

    extension(HttpContext context)
    {
        /// <summary>Sets the ETag of the answer.</summary>
        /// <returns>Whether the client has this version already, so that <c>304 Not Modified</c> suffices.</returns>
        public bool Tag(object version)
        {
            var tag = Of(version);
            context.Response.Headers.ETag = tag;
            return Names(context.Request.Headers.IfNoneMatch, tag);
        }

        /// <summary>Requires that a change was made from the current version.</summary>
        /// <param name="what">What is changed, for the message, such as <c>schedule 'monthly-sales'</c>.</param>
        /// <exception cref="ApiException"><c>request.if_match_required</c> (428), <c>request.changed_meanwhile</c> (412).</exception>
        public void RequireMatch(object version, string what)
        {
            var tag = Of(version);
            if (context.Request.Headers.IfMatch.Count == 0)
                throw new ApiException(428, "request.if_match_required", $"A change of {what} says which version it was made from. Read it first, and send its ETag as If-Match.");
            if (!Names(context.Request.Headers.IfMatch, tag))
            {
                throw new ApiException(412, "request.changed_meanwhile",
                    $"The {what} was changed meanwhile: its version is {tag}, not {context.Request.Headers.IfMatch}. Read it again and repeat the change.");
            }
        }
    }

    extension(HttpRequest request)
    {
        /// <summary>
        /// Reads the version that a change was made from, of a resource with a numeric version that its first change creates.
        /// </summary>
        /// <param name="what">What is changed, for the message, such as <c>pool 'spark'</c>.</param>
        /// <returns><see langword="null"/> for any version, 0 if the resource must not exist.</returns>
        /// <exception cref="ApiException"><c>request.if_match_required</c> (428), <c>request.changed_meanwhile</c> (412).</exception>
        public long? ExpectedVersion(string what)
        {
            var (match, noneMatch) = (request.Headers.IfMatch.ToString(), request.Headers.IfNoneMatch.ToString());
            if (match == "*") return null;
            if (match.Length == 0 && noneMatch == "*") return 0;
            if (match.Length == 0)
                throw new ApiException(428, "request.if_match_required", $"Say what the change of {what} is made from: send its ETag as If-Match, * for whatever there is, or If-None-Match: * for a new one.");
            // A tag that is not one of our versions matches no version.
            return EntityTagHeaderValue.TryParse(match, out var tag) && long.TryParse(tag.Tag.AsSpan().Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var version) && version > 0
                ? version
                : throw new ApiException(412, "request.changed_meanwhile", $"If-Match is {match}, which is no version of {what}. Read it again and send its ETag.");
        }
    }

    static bool Names(StringValues header, string tag) =>
        header.SelectMany(value => (value ?? "").Split(',', StringSplitOptions.TrimEntries)).Any(given => given == "*" || given == tag || given == $"W/{tag}");
}
