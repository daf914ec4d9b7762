namespace Dovetail.Hub.Demo;

/// <summary>A story and how far it is told.</summary>
sealed class Told(Story story, string orderId)
{
    public Story Story => story;

    public string OrderId => orderId;

    public Journey? Journey { get; private set; }

    public bool Done { get; private set; }

    /// <summary>Why it did not end as it should.</summary>
    public string? Failure { get; private set; }

    public async Task Tell(DemoShop shop, CancellationToken cancellation)
    {
        var telling = new Telling(shop, orderId, journey => Journey = journey, cancellation);
        try
        {
            await story.Tell(telling);
            if (telling.Last?.Status != story.Ends) Failure = $"the order ended as '{telling.Last?.Status}', not as '{story.Ends}'.";
        }
        catch (Exception failure) when (failure is StoryException or HttpRequestException)
        {
            Failure = failure.Message;
        }
        catch (OperationCanceledException)
        {
            Failure = "it took too long. It came as far as this:";
        }
        Done = true;
    }
}
