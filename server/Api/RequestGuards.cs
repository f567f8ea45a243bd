using System.Globalization;
using System.Net;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;
using Orchestrator.Server.Machine;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.Api;

/// <summary>Checks of every request before its endpoint: host, origin, duration and rate.</summary>
static class RequestGuards
{
    extension(IServiceCollection services)
    {
        /// <summary>Adds the time limit and the rate limit.</summary>
        public IServiceCollection AddRequestGuards()
        {
            services.AddRequestTimeouts();
            services.AddOptions<RequestTimeoutOptions>().Configure<IOptions<ApiOptions>>((timeouts, api) => timeouts.DefaultPolicy = new()
            {
                Timeout = api.Value.RequestTimeout,
                TimeoutStatusCode = StatusCodes.Status503ServiceUnavailable,
                WriteTimeoutResponse = context => ApiProblems.WriteAsync(context, new(503, "request.timed_out", string.Create(CultureInfo.InvariantCulture,
                    $"The request took longer than {api.Value.RequestTimeout.TotalSeconds} s, so it was given up. Ask again later, or for less."))
                { RetryAfter = ApiProblems.RetryDelay }),
            });
            services.AddRateLimiter(static _ => { });
            services.AddOptions<RateLimiterOptions>().Configure<IOptions<ApiOptions>>((limits, api) =>
            {
                var perSecond = api.Value.RequestsPerSecond;
                limits.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, IPAddress>(context =>
                    context.Connection.RemoteIpAddress is { } client
                        ? RateLimitPartition.GetTokenBucketLimiter(client, _ => new()
                        {
                            TokenLimit = perSecond * 2, TokensPerPeriod = perSecond, ReplenishmentPeriod = TimeSpan.FromSeconds(1), QueueLimit = 0,
                        })
                        // The socket of a command's in-process server.
                        : RateLimitPartition.GetNoLimiter(IPAddress.None));
                limits.OnRejected = async (rejected, _) => await ApiProblems.WriteAsync(rejected.HttpContext, new(429, "request.too_many", string.Create(
                    CultureInfo.InvariantCulture, $"More than {perSecond} requests a second came from this address. Ask again later."))
                { RetryAfter = TimeSpan.FromSeconds(1) });
            });
            return services;
        }
    }

    extension(IApplicationBuilder app)
    {
        /// <summary>Refuses requests for another host and changes from other sites' pages.</summary>
        public IApplicationBuilder UseRequestGuards(ServerOptions server, ApiOptions api)
        {
            var hosts = HostsOf(server, api);
            return app.Use((context, next) =>
            {
                var request = context.Request;
                // After DNS rebinding, a page still sends its own host name.
                if (!hosts.Contains(request.Host.Host) && !(hosts.Contains("0.0.0.0") && IPAddress.TryParse(request.Host.Host.Trim('[', ']'), out _)))
                {
                    throw new ApiException(400, "request.unknown_host",
                        $"'{request.Host.Host}' is not a host name of this server. Ask it by the address it listens on, or add the name to Api:AllowedHosts.");
                }
                // No other site may make a browser change anything here; without CORS headers it cannot read anything either.
                // A WebSocket begins with GET, and browsers let any page open one.
                if ((!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method) || request.Headers.Upgrade.Count > 0) && request.Headers.Origin is [{ } origin]
                    && !string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase))
                {
                    throw new ApiException(403, "request.cross_origin", $"The request comes from a page of '{origin}', which may not change anything here.");
                }
                return next(context);
            });
        }
    }

    static HashSet<string> HostsOf(ServerOptions server, ApiOptions api)
    {
        var hosts = new HashSet<string>(["localhost", "127.0.0.1", "[::1]"], StringComparer.OrdinalIgnoreCase);
        hosts.UnionWith(server.Urls.Select(url => url.Host));
        // A server that listens on every address is reached by the machine's name too.
        if (hosts.Contains("0.0.0.0") || hosts.Contains("[::]")) hosts.UnionWith(["0.0.0.0", Environment.MachineName]);
        hosts.UnionWith(api.AllowedHosts.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        return hosts;
    }
}
