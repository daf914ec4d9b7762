namespace Dovetail.Bus.Tests.Sample.Commands;

public record PlaceOrder(string OrderId, decimal Total);

public record CapturePayment(string OrderId, decimal Total);
