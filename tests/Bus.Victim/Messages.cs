namespace Dovetail.Bus.Victim;

/// <summary>Every message tells which attempt sent it: so it can be seen whether that attempt committed.</summary>
interface ISent
{
    int Story { get; }

    string By { get; }
}

sealed record OpenStory(int Story, string By) : ISent;

sealed record CountCommand(int Story, string By) : ISent;

sealed record RingCommand(int Story, string By) : ISent;

sealed record LookAgainCommand(int Story, string By) : ISent;

sealed record StumbleCommand(int Story, string By) : ISent;

sealed record StoryOpenedEvent(int Story, string By) : ISent;

sealed record NegotiateCommand(int Story, string By) : ISent;

sealed record AskCommand(int Story, string By) : ISent;

sealed record AnswerMessage(int Story, string By) : ISent;

sealed record HurryMessage(int Story, string By) : ISent;

/// <param name="Steps">How many messages the saga's state remembers.</param>
sealed record NegotiatedEvent(int Story, string By, int Steps) : ISent;
