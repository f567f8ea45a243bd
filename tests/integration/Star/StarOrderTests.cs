using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace Orchestrator.Tests.Integration.Star;

public sealed class StarOrderTests(ITestOutputHelper output)
{
    static readonly string[] Months = ["2026-07", "2026-08", "2026-09", "2026-10", "2026-11"];

    [Fact]
    public async Task Months_give_the_same_versions_and_marts_in_any_order_and_at_once()
    {
        var seed = new Rnd((ulong)TimeProvider.System.GetTimestamp());
        output.WriteLine($"Seed {seed.Seed}, gamma {seed.Gamma}.");
        // Each member is a random history of its own, so two worlds of many members are many cases.
        foreach (var world in World.Generator.Sample(2, seed, 1))
        {
            var expected = world.ExpectedCustomers();
            using var inOrder = new StarMonths();
            foreach (var month in Months) await world.LoadAsync(inOrder, month);
            Assert.Equal(expected, (await inOrder.CustomersAsync()).Skip(1));
            await AssertFactsResolveAsync(inOrder, world);

            foreach (var order in new[] { Months.Reverse(), Gen.Shuffle(Months).Sample(1, seed, 1).First() })
            {
                using var other = new StarMonths();
                foreach (var month in order) await world.LoadAsync(other, month);
                await AssertSameAsync(inOrder, other, world);
            }

            using var atOnce = new StarMonths();
            await Task.WhenAll(Months.Select(month => world.LoadAsync(atOnce, month)));
            await AssertSameAsync(inOrder, atOnce, world);
        }
    }

    static async Task AssertSameAsync(StarMonths expected, StarMonths actual, World world)
    {
        Assert.Equal(await expected.VersionsAsync(), await actual.VersionsAsync());
        Assert.Equal(await expected.RowsAsync("dim_date", null, "*", "date_key"), await actual.RowsAsync("dim_date", null, "*", "date_key"));
        foreach (var month in Months)
        {
            foreach (var mart in new[] { "mart_customer_monthly", "mart_sales_monthly" })
                Assert.Equal(await expected.RowsAsync(mart, month, "*", "rank nulls last"), await actual.RowsAsync(mart, month, "*", "rank nulls last"));
        }
        await AssertFactsResolveAsync(actual, world);
    }

    /// <summary>Every fact lies within the version that its key names, and is the sale that went in.</summary>
    static async Task AssertFactsResolveAsync(StarMonths months, World world)
    {
        var (customers, stores, people) = (await TableAsync("dim_customer"), await TableAsync("dim_store"), await TableAsync("dim_sales_person"));
        foreach (var month in Months)
        {
            var resolved = StarMonths.Query($"""
                select c.customer_id || '|' || s.store_id || '|' || p.sales_person_id || '|' || (f.date_key % 100) || '|' || f.total_cost
                from {await TableAsync("fact_sales", month)} f
                join {customers} c on c.customer_key = f.customer_key and strptime(f.date_key::text, '%Y%m%d') >= c.valid_from and strptime(f.date_key::text, '%Y%m%d') < c.valid_to
                join {stores} s on s.store_key = f.store_key and strptime(f.date_key::text, '%Y%m%d') >= s.valid_from and strptime(f.date_key::text, '%Y%m%d') < s.valid_to
                join {people} p on p.sales_person_key = f.sales_person_key and strptime(f.date_key::text, '%Y%m%d') >= p.valid_from and strptime(f.date_key::text, '%Y%m%d') < p.valid_to
                """).Select(row => (string)row[0]!).Order(StringComparer.Ordinal);
            Assert.Equal(world.SalesOf(month).Select(sale => sale.ToString()).Order(StringComparer.Ordinal), resolved);
        }

        async Task<string> TableAsync(string asset, string? month = null) => months.Files((await months.FindAsync(asset, month))!);
    }

    /// <summary>A sale of a random month.</summary>
    sealed record Sale(string Customer, string Store, string? Person, int Day, decimal Total)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Customer}|{Store}|{Person ?? "(unknown)"}|{Day}|{Total:f2}");

        public string Row() => string.Create(CultureInfo.InvariantCulture, $"('{Customer}', '{Store}', {Day}, {(Person is null ? "null" : $"'{Person}'")}, 1, {Total:f2})");
    }

    /// <summary>Reference data and sales of five months; a member that a snapshot leaves out is not there.</summary>
    sealed record World(
        IReadOnlyDictionary<(string Month, string Id), string?> Customers, IReadOnlyDictionary<(string Month, string Id), string?> Stores,
        IReadOnlyDictionary<(string Month, string Id), string?> People, IReadOnlySet<string> WithoutSnapshots, IReadOnlyList<(string Month, Sale Sale)> Sales)
    {
        public static Gen<World> Generator =>
            from customers in Snapshots("C", 120)
            from stores in Snapshots("S", 6)
            from people in Snapshots("P", 12)
            from without in Gen.SubListOf(Months)
            from sales in Gen.ArrayOf(SaleGenerator, 400)
            select new World(customers, stores, people, without.Take(1).ToHashSet(StringComparer.Ordinal), [.. Months.Select(month => (month, new Sale("C1", "S1", "P1", 1, 1m))), .. sales]);

        static Gen<(string, Sale)> SaleGenerator =>
            from month in Gen.Elements(Months)
                // Some that no snapshot ever names.
            from customer in Gen.Choose(1, 125)
            from store in Gen.Choose(1, 7)
            from person in Gen.Choose(0, 14)
            from day in Gen.Choose(1, 30)
            from cents in Gen.Choose(0, 300)
            select (month, new Sale($"C{customer}", $"S{store}", person == 0 ? null : $"P{person}", day, cents / 100m));

        // Two values meet often, so that versions split, join and come back; an empty text is a row without attributes.
        static Gen<IReadOnlyDictionary<(string, string), string?>> Snapshots(string prefix, int members) =>
            from values in Gen.ArrayOf(Gen.Elements("a", "b", "b", "", null), members * Months.Length)
            select (IReadOnlyDictionary<(string, string), string?>)values.Select((value, i) => (Key: (Months[i % Months.Length], $"{prefix}{i / Months.Length + 1}"), Value: value))
                .Where(pair => pair.Value is not null).ToDictionary(pair => pair.Key, pair => pair.Value.Length == 0 ? null : pair.Value);

        public IEnumerable<Sale> SalesOf(string month) => Sales.Where(sale => sale.Month == month).Select(sale => sale.Sale);

        public Task<IReadOnlyList<string>> LoadAsync(StarMonths months, string month)
        {
            var hasSnapshots = !WithoutSnapshots.Contains(month);
            return months.LoadAsync(month, string.Join(", ", SalesOf(month).Select(sale => sale.Row())),
                hasSnapshots ? Rows(Customers, ", null") : null, hasSnapshots ? Rows(Stores, "") : null, hasSnapshots ? Rows(People, "") : null);

            string? Rows(IReadOnlyDictionary<(string Month, string Id), string?> snapshots, string more)
            {
                var rows = snapshots.Where(pair => pair.Key.Month == month).Select(pair => $"('{pair.Key.Id}', {(pair.Value is null ? "null" : $"'{pair.Value}'")}{more})").ToList();
                return rows.Count > 0 ? string.Join(", ", rows) : null;
            }
        }

        /// <summary>The versions of the customers, worked out one member at a time.</summary>
        public IEnumerable<string> ExpectedCustomers()
        {
            // A row without attributes says nothing: whom only such rows name, and no sale, is not there.
            var said = Customers.Where(pair => pair.Value is not null && !WithoutSnapshots.Contains(pair.Key.Month)).ToList();
            foreach (var id in said.Select(pair => pair.Key.Id).Concat(Sales.Select(sale => sale.Sale.Customer)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            {
                var starts = new List<(string From, string? Value)>();
                foreach (var (key, value) in said.Where(pair => pair.Key.Id == id).OrderBy(pair => pair.Key.Month, StringComparer.Ordinal))
                    if (starts.Count == 0 || starts[^1].Value != value) starts.Add((starts.Count == 0 ? "0001-01-01" : $"{key.Month}-01", value));
                if (starts.Count == 0) starts.Add(("0001-01-01", null));
                for (var i = 0; i < starts.Count; i++)
                {
                    var isLast = i == starts.Count - 1;
                    yield return $"{id}|{starts[i].Value ?? "null"}|null|{starts[i].From}|{(isLast ? "9999-12-31" : starts[i + 1].From)}|{isLast}";
                }
            }
        }
    }
}
