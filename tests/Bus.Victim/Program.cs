using Dovetail.Bus;
using Dovetail.Bus.Victim;

// A small system on SQLite, PostgreSQL, or RabbitMQ and PostgreSQL, made to be killed: dovetail.bus.victim <path or connection string> <ledger>.
// It reads from standard input where to die ("Handled 7 stop"), one order a line, and stops when the input ends: nobody outlives the tests.
if (args is not [var database, var path])
{
    Console.Error.WriteLine("Name the database and the ledger. The crash tests of the bus start this program.");
    return 1;
}

using var ledger = new Ledger(path);
var death = new Death(ledger);
Moments.Listener = death.Reached;
using var host = SmallSystem.Build(database, ledger);
var starting = host.StartAsync();
while (await Console.In.ReadLineAsync() is { } order)
{
    death.Await(order);
    await starting;
    Console.WriteLine("ready");
}

// Whoever is held up at its moment holds up a proper stop too.
if (death.Struck) Environment.Exit(2);
await host.StopAsync();
return 0;
