namespace Dovetail.Bus.Tests.Sample.Events;

public record PaymentCaptured(string OrderId);
