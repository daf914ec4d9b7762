using Dovetail.Bus.Messages;
using NServiceBus.DelayedDelivery;
using NServiceBus.Performance.TimeToBeReceived;

namespace NServiceBus.Transport;

/// <summary>What a transport must know of a message beside its headers, as text: so it can be stored with the message until it leaves.</summary>
public class DispatchProperties : Dictionary<string, string>
{
    const string DelayKey = "DelayDeliveryFor";
    const string DueKey = "DeliverAt";
    const string WorthKey = "TimeToBeReceived";

    /// <summary>Without any.</summary>
    public DispatchProperties() : base(StringComparer.Ordinal)
    {
    }

    /// <summary>Copies them.</summary>
    public DispatchProperties(Dictionary<string, string> properties) : base(properties, StringComparer.Ordinal)
    {
    }

    /// <summary>Delivers the message after a while; null for at once.</summary>
    public DelayDeliveryWith? DelayDeliveryWith
    {
        get => TryGetValue(DelayKey, out var text) ? new(TimeSpan.Parse(text, System.Globalization.CultureInfo.InvariantCulture)) : null;
        set => Keep(DelayKey, value?.Delay.ToString());
    }

    /// <summary>The message is worthless after this time; null for never.</summary>
    public DiscardIfNotReceivedBefore? DiscardIfNotReceivedBefore
    {
        get => TryGetValue(WorthKey, out var text) ? new(TimeSpan.Parse(text, System.Globalization.CultureInfo.InvariantCulture)) : null;
        set => Keep(WorthKey, value?.MaxTime.ToString());
    }

    /// <summary>Delivers the message at a point in time; null for at once.</summary>
    public DoNotDeliverBefore? DoNotDeliverBefore
    {
        get => TryGetValue(DueKey, out var text) ? new(WireTime.Read(text)) : null;
        set => Keep(DueKey, value is null ? null : WireTime.Write(value.At));
    }

    /// <summary>A copy of what only the sender and some transport understand; null if there is nothing.</summary>
    internal DispatchProperties? Custom()
    {
        if (Count == 0) return null;
        var custom = new DispatchProperties(this) { DelayDeliveryWith = null, DiscardIfNotReceivedBefore = null, DoNotDeliverBefore = null };
        return custom.Count > 0 ? custom : null;
    }

    void Keep(string key, string? text)
    {
        if (text is null) Remove(key);
        else this[key] = text;
    }
}
