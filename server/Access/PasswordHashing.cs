using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.Access;

/// <summary>Hashing of passwords: PBKDF2 with HMAC-SHA512 and a salt for each password.</summary>
sealed class PasswordHashing : IDisposable
{
    const int Shortest = 12, Longest = 256;

    // https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#pbkdf2; the framework's default is 100,000.
    const int Rounds = 210_000;

    readonly PasswordHasher<string> hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = Rounds }));

    // Hashing is slow by design: a burst of logins must not take every core from the runs.
    readonly SemaphoreSlim atOnce = new(Math.Max(1, Environment.ProcessorCount / 2));

    /// <summary>Refuses a password that is too easy to guess.</summary>
    /// <exception cref="UsageException">The password is too short or too common.</exception>
    public static void Check(string user, string password)
    {
        if (password.Length < Shortest) throw new UsageException($"The password has {password.Length} characters, but needs at least {Shortest}. A few words are fine.");
        if (password.Length > Longest) throw new UsageException($"The password has {password.Length} characters, but may have at most {Longest}.");
        var isMostlyName = password.Contains(user, StringComparison.OrdinalIgnoreCase) && password.Length - user.Length < Shortest / 2;
        if (isMostlyName || password.Distinct().Count() < Shortest / 3)
            throw new UsageException("The password is too simple: it is little more than the user's name or a few letters repeated. Choose another one.");
        if (CommonPasswords.Has(user, password))
            throw new UsageException("The password is too common: it is little more than words that guessers try first, such as 'password', names or rows of keys. Choose a few words that do not belong together.");
    }

    /// <summary>Hashes a password for storage.</summary>
    public string Hash(string password) => hasher.HashPassword("", password);

    /// <summary>Verifies a password. Takes as long for a user that does not exist.</summary>
    /// <param name="hash">The user's stored hash; <see langword="null"/> if there is no such user.</param>
    public async Task<bool> VerifyAsync(string? hash, string password, CancellationToken cancellationToken)
    {
        await atOnce.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(() => Verify(hash, password.Length > Longest ? "" : password), cancellationToken);
        }
        finally
        {
            atOnce.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => atOnce.Dispose();

    bool Verify(string? hash, string password)
    {
        if (hash is not null) return hasher.VerifyHashedPassword("", hash, password) is not PasswordVerificationResult.Failed;
        Hash(password);
        return false;
    }
}
