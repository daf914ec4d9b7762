namespace Dovetail.Endpoints.Notifications.Words;

/// <summary>A language in which customers are told.</summary>
interface ILanguage
{
    /// <summary>Two letters.</summary>
    string Code { get; }

    string LinkText { get; }

    string Closing { get; }

    /// <param name="name">Empty where it is not known.</param>
    string Greeting(string name);

    /// <summary>What the bot says to who writes to it.</summary>
    string InChat(ChatAnswer answer);

    /// <summary>Paragraphs may be empty, where what they would tell is not known.</summary>
    (string Subject, string[] Paragraphs) Of(News news);
}

/// <summary>What the bot has to say to who writes to it.</summary>
enum ChatAnswer
{
    HowToLink,

    Linked,

    /// <summary>The link was used before, or is too old.</summary>
    LinkNotGood,

    Stopped,
}

static class Languages
{
    static readonly ILanguage[] All = [new English(), new Russian()];

    public static IEnumerable<string> Codes => All.Select(language => language.Code);

    public static ILanguage? Find(string? code) => All.FirstOrDefault(language => language.Code == code);
}
