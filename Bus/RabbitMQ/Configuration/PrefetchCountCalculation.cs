namespace NServiceBus;

/// <summary>Says how many messages the broker hands out ahead to an endpoint that handles so many at a time.</summary>
public delegate long PrefetchCountCalculation(int maximumConcurrency);
