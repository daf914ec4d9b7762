namespace Dovetail.Endpoints.Sandbox.Cdek;

/// <summary>Where a shipment is at a given moment. It follows from the instants in the document alone: no timer runs, and a restart changes nothing.</summary>
/// <param name="Registration">From the request to the answer of the carrier's own system; a deletion takes as long.</param>
/// <param name="InTransit">From the request to the parcel in the carrier's hands.</param>
sealed record CdekWalk(TimeSpan Registration, TimeSpan InTransit, TimeSpan OutForDelivery, TimeSpan Delivered)
{
    const string SenderCity = "Moscow";

    public static CdekWalk At(SandboxOptions pace)
    {
        // What leaves later arrives later, also where only the first of these is set.
        var inTransit = pace.Paced(pace.CdekInTransit);
        var outForDelivery = Later(inTransit, pace.Paced(pace.CdekOutForDelivery));
        return new(pace.Paced(pace.CdekRegistration), inTransit, outForDelivery, Later(outForDelivery, pace.Paced(pace.CdekDelivered)));
    }

    /// <summary>Newest first, as the carrier lists them.</summary>
    public IReadOnlyList<CdekStatus> Statuses(CdekOrder order, DateTimeOffset now)
    {
        var reached = Way(order).Where(step => step.At <= (order.DeletionAskedAt ?? now)).ToList();

        // From the moment the deletion was asked for the parcel stands still.
        if (order.DeletionAskedAt is { } asked && asked + Registration <= now)
            reached.Add(new CdekStatus("REMOVED", "Removed", asked + Registration, SenderCity));

        reached.Reverse();
        return reached;
    }

    /// <summary>When the next status comes; null after the last.</summary>
    public DateTimeOffset? Next(CdekOrder order, DateTimeOffset now)
    {
        var coming = order.DeletionAskedAt is { } asked ? [asked + Registration] : Way(order).Select(step => step.At);
        return coming.Where(at => at > now).Select(at => (DateTimeOffset?)at).Min();
    }

    /// <summary>A shipment can be deleted until the carrier has it in hand.</summary>
    public bool HasMoved(CdekOrder order, DateTimeOffset now) => order.Fault is null && order.DeletionAskedAt is null && now >= order.TakenAt + InTransit;

    /// <summary>The state of the request that created the shipment.</summary>
    public string CreationState(CdekOrder order, DateTimeOffset now) => (now < order.TakenAt + Registration, order.Fault) switch
    {
        (true, _) => "ACCEPTED",
        (false, null) => "SUCCESSFUL",
        (false, _) => "INVALID",
    };

    public string DeletionState(DateTimeOffset asked, DateTimeOffset now) => now < asked + Registration ? "ACCEPTED" : "SUCCESSFUL";

    IEnumerable<CdekStatus> Way(CdekOrder order)
    {
        var taken = order.TakenAt;
        yield return new CdekStatus("ACCEPTED", "Accepted", taken, SenderCity);

        if (order.Fault is not null)
        {
            yield return new CdekStatus("INVALID", "Invalid order", taken + Registration, SenderCity);
            yield break;
        }

        yield return new CdekStatus("CREATED", "Created", taken + Registration, SenderCity);

        var destination = Destination(order);
        var between = (OutForDelivery - InTransit) / 4;
        yield return new CdekStatus("RECEIVED_AT_SHIPMENT_WAREHOUSE", "Received at the sender's warehouse", taken + InTransit, SenderCity);
        yield return new CdekStatus("TAKEN_BY_TRANSPORTER_FROM_SENDER_CITY", "Handed to the carrier in the sender's city", taken + InTransit + between, SenderCity);
        yield return new CdekStatus("SENT_TO_RECIPIENT_CITY", "Sent to the recipient's city", taken + InTransit + between * 2, SenderCity);
        yield return new CdekStatus("ACCEPTED_AT_RECIPIENT_CITY_WAREHOUSE", "Accepted at the delivery warehouse", taken + InTransit + between * 3, destination);
        yield return ToPoint(order)
            ? new CdekStatus("ACCEPTED_AT_PICK_UP_POINT", "Accepted at the pick-up point", taken + OutForDelivery, destination)
            : new CdekStatus("TAKEN_BY_COURIER", "Handed to the courier", taken + OutForDelivery, destination);
        yield return order.NotDeliveredFor is { } reason
            ? new CdekStatus("NOT_DELIVERED", "Not delivered", taken + Delivered, destination, reason)
            : new CdekStatus("DELIVERED", "Delivered", taken + Delivered, destination);
    }

    static TimeSpan Later(TimeSpan one, TimeSpan other) => one > other ? one : other;

    static bool ToPoint(CdekOrder order) => order.Request["delivery_point"] is not null;

    static string Destination(CdekOrder order) => (string?)order.Request["to_location"]?["city"] ?? "Saint Petersburg";
}
