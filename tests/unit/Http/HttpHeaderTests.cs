using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Unit.Http;

public sealed class HttpHeaderTests
{
    [Theory]
    [InlineData("Bearer Käfer",
        "The value of the header 'X-Key' has a letter that no header may have: only ASCII is sent. "
            + "Encode it as the server expects it, such as in Base64.")]
    [InlineData("a\r\nY: b", "The value of the header 'X-Key' has a line end. Give one line.")]
    public void A_value_that_cannot_be_sent_is_refused_once_and_for_all_without_being_shown(string value, string message)
    {
        var refused = Assert.Throws<ActivityFailedException>(() => HttpContents.Checked("X-Key", value));

        Assert.Equal(("http.bad_header", message, false), (refused.Code, refused.Message, refused.IsRetryable));
    }
}
