using System.Text;
using System.Text.Json;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using NServiceBus;
using NServiceBus.Faults;

namespace Dovetail.Bus.Tests.Wire;

/// <summary>How bodies are written and read, on every transport and store. Derive one class for each pair.</summary>
public abstract class SerializationContract(TestContext test) : BusContract(test)
{
    static readonly JsonSerializerOptions CamelCase = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    [Scenario(44)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Whatever_a_message_holds_arrives_as_it_was()
    {
        await using var scenario = await Start("Sales", sales => sales.Hear<ParcelMessage>());
        var parcel = new ParcelMessage(
            Guid.Parse("6f9619ff-8b86-d011-b42d-00c04fc964ff"), new DateTimeOffset(2026, 8, 21, 9, 2, 3, 123, 456, TimeSpan.FromHours(5.5)), new DateTime(2026, 8, 21, 9, 2, 3, DateTimeKind.Utc),
            new TimeSpan(1, 2, 3, 4, 5), 12.50m, Weight.Heavy, null, 7, "Жё <&'+> \"x\"", [1, 2, 255], new Address("Ann", null),
            [new Line("A-1", 2), new Line("B-2", 1)], new Dictionary<string, Line> { ["first"] = new("A-1", 2) });

        await scenario.Session("Sales").SendLocal(parcel, Cancellation);

        var heard = (ParcelMessage)(await scenario.Notes.Until<Arrived>(1, Cancellation)).Single().Message;
        Assert.AreEqual(parcel.At, heard.At);
        Assert.AreEqual(parcel.At.Offset, heard.At.Offset);
        Assert.AreEqual(DateTimeKind.Utc, heard.Day.Kind);
        Assert.AreEqual(parcel.To, heard.To);
        CollectionAssert.AreEqual(parcel.Label, heard.Label);
        CollectionAssert.AreEqual(parcel.Lines.ToList(), heard.Lines.ToList());
        Assert.AreEqual(parcel.ByName["first"], heard.ByName["first"]);
        Assert.AreEqual(JsonSerializer.Serialize(parcel), JsonSerializer.Serialize(heard));
    }

    [Scenario(45, 46)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_body_is_read_by_the_deserializer_of_its_content_type()
    {
        await using var scenario = await Start("Sales", sales =>
        {
            sales.Hear<AskCommand>();
            var camel = sales.AddDeserializer<SystemJsonSerializer>();
            camel.ContentType("application/camel");
            camel.Options(CamelCase);
        });
        var headers = HeadersOf<AskCommand>("1");
        headers[Headers.ContentType] = "application/camel";

        await Inject("Sales", headers, """{"text":"camel"}""");
        await Inject("Sales", HeadersOf<AskCommand>("2"), """{"Text":"pascal"}""");

        var heard = await scenario.Notes.Until<Arrived>(2, Cancellation);
        Assert.AreEqual(new AskCommand("camel"), heard.Single(each => each.MessageId == "1").Message);
        Assert.AreEqual("application/camel", heard.Single(each => each.MessageId == "1").Headers[Headers.ContentType]);
        Assert.AreEqual(new AskCommand("pascal"), heard.Single(each => each.MessageId == "2").Message);
    }

    [Scenario(47)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    [DataRow("text/unheard-of"), DataRow(null)]
    public async Task An_unknown_content_type_is_read_by_the_main_serializer(string? contentType)
    {
        await using var scenario = await Start("Sales", sales => sales.Hear<AskCommand>());
        var headers = HeadersOf<AskCommand>("1");
        headers.Remove(Headers.ContentType);
        if (contentType is not null) headers[Headers.ContentType] = contentType;

        await Inject("Sales", headers, "\uFEFF" + """{"Text":"x"}""");

        var heard = (await scenario.Notes.Until<Arrived>(1, Cancellation)).Single();
        Assert.AreEqual(new AskCommand("x"), heard.Message);
        Assert.AreEqual("application/json", heard.Headers[Headers.ContentType]);
    }

    [Scenario(48, 49, 235)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    [DataRow("{ this is no JSON", null), DataRow("null", null), DataRow("{}", "Foo.Unknown"), DataRow("{}", "Foo.Unknown, Foo, Version=1.0.0.0"), DataRow("{}", "   "), DataRow("{}", "Foo.Unknown;")]
    public async Task What_can_not_be_read_is_parked_without_retries(string body, string? types)
    {
        await using var scenario = await Start("Sales", sales => sales.Hear<AskCommand>());
        var headers = HeadersOf<AskCommand>("1");
        if (types is not null) headers[Headers.EnclosedMessageTypes] = types;

        await Inject("Sales", headers, body);

        var parked = await Next("error");
        Assert.AreEqual(typeof(MessageDeserializationException).FullName, parked.Headers[FaultsHeaderKeys.ExceptionType]);
        Assert.AreEqual(body, Encoding.UTF8.GetString(parked.Body.Span));
        CollectionAssert.AreEquivalent(
            new[]
            {
                Headers.MessageId, Headers.MessageIntent, Headers.ContentType, Headers.EnclosedMessageTypes, Headers.TimeSent, Headers.NServiceBusVersion,
                FaultsHeaderKeys.FailedQ, FaultsHeaderKeys.ExceptionType, FaultsHeaderKeys.Message, FaultsHeaderKeys.Source, FaultsHeaderKeys.StackTrace, FaultsHeaderKeys.TimeOfFailure,
                Headers.ProcessingMachine, Headers.ProcessingEndpoint, Headers.HostId, Headers.HostDisplayName, "NServiceBus.ExceptionInfo.Data.Message ID", "NServiceBus.ExceptionInfo.Data.Pipeline canceled",
            }.Concat(Bus.HasIdsOfItsOwn ? ["NServiceBus.ExceptionInfo.Data.Transport message ID"] : []).ToArray(),
            parked.Headers.Keys.Except([FaultsHeaderKeys.InnerExceptionType, Headers.DiagnosticsTraceParent]).ToArray());
        Assert.IsEmpty(scenario.Notes.Of<Arrived>());
        Assert.IsEmpty(scenario.Notes.Of<Logged>().Where(line => line.Text.Contains("tried again", StringComparison.Ordinal)));
    }

    [Scenario(50, 51, 26)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    [DataRow("{0}"), DataRow("{0}, Elsewhere, Version=9.0.0.0, Culture=neutral, PublicKeyToken=null"), DataRow("Foo.Unknown, Foo; {0}")]
    public async Task A_type_is_known_by_its_full_name_whatever_its_assembly_and_its_neighbours(string types)
    {
        await using var scenario = await Start("Sales", sales => sales.Hear<AskCommand>());
        var headers = HeadersOf<AskCommand>("1");
        headers[Headers.EnclosedMessageTypes] = string.Format(System.Globalization.CultureInfo.InvariantCulture, types, typeof(AskCommand).FullName);

        await Inject("Sales", headers, """{"Text":"x"}""");

        Assert.AreEqual(new AskCommand("x"), (await scenario.Notes.Until<Arrived>(1, Cancellation)).Single().Message);
    }

    [Scenario(52)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task The_header_can_be_kept_from_loading_types()
    {
        await using var scenario = await Start("Sales", sales =>
        {
            sales.UseSerialization<SystemJsonSerializer>().DisableDynamicTypeLoading();
            sales.Hear<AskCommand>();
        });

        await Inject("Sales", HeadersOf<FailCommand>("unknown"), """{"Text":"x"}""");
        await Inject("Sales", HeadersOf<AskCommand>("known"), """{"Text":"x"}""");

        Assert.AreEqual("known", (await scenario.Notes.Until<Arrived>(1, Cancellation)).Single().MessageId);
        Assert.AreEqual(typeof(MessageDeserializationException).FullName, (await Next("error")).Headers[FaultsHeaderKeys.ExceptionType]);
    }

    [Scenario(53)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task JSON_options_of_ones_own_hold_both_ways()
    {
        await CreateQueues("Elsewhere");
        await using var scenario = await Start("Sales", sales =>
        {
            sales.UseSerialization<SystemJsonSerializer>().Options(CamelCase);
            sales.Hear<AskCommand>();
        });

        await scenario.Session("Sales").Send("Elsewhere", new AskCommand("x"), Cancellation);
        await scenario.Session("Sales").SendLocal(new AskCommand("x"), Cancellation);

        Assert.AreEqual("""{"text":"x"}""", Encoding.UTF8.GetString((await Next("Elsewhere")).Body.Span));
        Assert.AreEqual(new AskCommand("x"), (await scenario.Notes.Until<Arrived>(1, Cancellation)).Single().Message);
    }

    enum Weight
    {
        Light,
        Heavy,
    }

    sealed record ParcelMessage(
        Guid Id, DateTimeOffset At, DateTime Day, TimeSpan Within, decimal Price, Weight Weight, int? Missing, int? Present, string Text, byte[] Label, Address To,
        IReadOnlyList<Line> Lines, Dictionary<string, Line> ByName);

    sealed record Address(string Name, string? Street);

    sealed record Line(string Sku, int Quantity);
}
