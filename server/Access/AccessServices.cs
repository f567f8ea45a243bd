using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using Orchestrator.Server.Machine;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Server.Access;

/// <summary>Registration of users, logins, tokens and the audit log.</summary>
static class AccessServices
{
    // Default author of changes; requests set their own caller through UserStore.By and TokenStore.By.
    static readonly (string Who, string Address) Server = ("server", Environment.MachineName);

    /// <summary>Adds the services of authentication, authorization and audit.</summary>
    public static IServiceCollection AddAccess(this IServiceCollection services, PlatformOptions platform, ServerOptions server, IConfiguration configuration)
    {
        services.AddSettings<AccessOptions, AccessOptionsValidator>(configuration, AccessOptions.Section);
        services.AddSingleton(provider => AccessMode.Of(server, platform, provider.GetRequiredService<IOptions<AccessOptions>>().Value.RequireLogin));
        services.AddSingleton<PasswordHashing>();
        services.AddSingleton<AuditLog>();
        services.AddSingleton<SessionStore>();
        services.AddSingleton<Callers>();
        services.AddSingleton<TokenRefusals>();
        services.AddSingleton<LoginThrottle>();
        services.AddSingleton<Logins>();
        services.AddSingleton(provider => new TokenStore(provider.GetRequiredService<StoreDatabase>(), provider.GetRequiredService<TimeProvider>(), Server));
        services.AddSingleton(provider => new UserStore(
            provider.GetRequiredService<StoreDatabase>(), provider.GetRequiredService<PasswordHashing>(), provider.GetRequiredService<TimeProvider>(), Server));

        services.AddAuthentication(AccessHandler.Scheme).AddScheme<AuthenticationSchemeOptions, AccessHandler>(AccessHandler.Scheme, configureOptions: null);
        services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder().AddRequirements(new AccessRequirement()).Build());
        services.AddSingleton<IAuthorizationHandler, AccessDecision>();
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, AccessRefusal>();

        // The handler would log each refused token, which the answer says already.
        services.AddLogging(logging => logging.AddFilter(typeof(AccessHandler).FullName, LogLevel.Warning));
        if (server.Socket is null) services.AddForms();
        // A command's own API has no forms: its keys need no place on disk.
        else services.AddDataProtection().UseEphemeralDataProtectionProvider();
        return services;
    }

    static void AddForms(this IServiceCollection services)
    {
        services.AddRazorComponents();
        services.AddDataProtection().SetApplicationName("Orchestrator");
        services.AddOptions<KeyManagementOptions>().Configure<StoreDatabase>((keys, store) => keys.XmlRepository = new FormKeys(store));
        // Data Protection would warn that the keys are stored unencrypted. Passwords and logins are stored as hashes.
        services.AddLogging(logging => logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error));
        services.AddAntiforgery(static forms =>
        {
            forms.FormFieldName = "form";
            forms.Cookie = new() { Name = "orchestrator_form", HttpOnly = true, SameSite = SameSiteMode.Strict, SecurePolicy = CookieSecurePolicy.SameAsRequest };
            forms.SuppressXFrameOptionsHeader = true;
        });
        services.AddOptions<ForwardedHeadersOptions>().Configure<IOptions<AccessOptions>>(static (forwarded, access) =>
        {
            forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            forwarded.KnownProxies.Clear();
            forwarded.KnownIPNetworks.Clear();
            foreach (var proxy in access.Value.ProxyAddresses) forwarded.KnownProxies.Add(proxy);
        });
    }

    /// <summary>Adds the middleware that every request passes first.</summary>
    public static void UseAccessHeaders(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<AccessOptions>>().Value.ProxyAddresses.Count > 0) app.UseForwardedHeaders();
        app.UseSecurityHeaders();
    }

    /// <summary>Adds the middleware that every request passes before its endpoint.</summary>
    public static void UseAccess(this WebApplication app)
    {
        app.UseAuthentication();
        app.UseMiddleware<AuditTrail>();
        app.UseSameOrigin();
        app.UseAuthorization();
    }
}
