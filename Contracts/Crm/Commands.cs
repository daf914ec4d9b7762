namespace Dovetail.Contracts.Crm.Commands;

/// <summary>People changed an order's deal in the CRM: look, and have the order cancelled if the deal was lost, or put the deal right. Sender: Crm. Receiver: Crm.</summary>
public sealed record LookAtDeal(string OrderId);
