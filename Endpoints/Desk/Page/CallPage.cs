using System.Globalization;
using System.Text;
using Dovetail.Endpoints.Desk.Reading;
using static Dovetail.Endpoints.Desk.Page.Frame;

namespace Dovetail.Endpoints.Desk.Page;

/// <summary>What a call shows that other tasks do not: whom to call and where, for who has it alone, and what to say afterwards.</summary>
static class CallPage
{
    /// <param name="client">Who looks.</param>
    public static void Add(StringBuilder main, TaskRow task, string client)
    {
        if (task.ContactFor(client) is { } contact)
        {
            main.Append(CultureInfo.InvariantCulture, $"""
                <div class="task"><dl>
                <div><dt>Customer</dt><dd>{Text(contact.Name)}</dd></div>
                <div><dt>Telephone</dt><dd><a href="tel:{Text(contact.Phone)}">{Text(contact.Phone)}</a></dd></div>
                <div><dt>E-mail, where nothing arrived</dt><dd>{Text(contact.Email)}</dd></div>
                </dl></div>
                <p class="do">{Button("answer", "I reached the customer", body: """{"reached":true}""")} {Button("answer", "I could not reach the customer", quiet: true, body: """{"reached":false}""")} {Button("release", "Give the task back", quiet: true)}</p>

                """);
        }
        if (task.State != States.Ended)
            main.Append(CultureInfo.InvariantCulture, $"<p class=\"quiet\">If nobody calls, the task ends at {Time(task.Until!.Value)}, and the order's journey says that the customer was not told.</p>\n");
    }
}
