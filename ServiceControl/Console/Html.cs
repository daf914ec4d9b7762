using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;

namespace Dovetail.ServiceControl.Console;

/// <summary>Markup. What is put into it is encoded unless it is markup itself, so that no page can forget to.</summary>
[InterpolatedStringHandler]
readonly struct Html(int literalLength, int formattedCount)
{
    readonly StringBuilder? _text = new(literalLength + (formattedCount * 16));

    public static readonly Html Nothing;

    public void AppendLiteral(string text) => _text!.Append(text);

    public void AppendFormatted(string? text) => _text!.Append(HtmlEncoder.Default.Encode(text ?? ""));

    public void AppendFormatted(int number) => _text!.Append(number.ToString(CultureInfo.InvariantCulture));

    public void AppendFormatted(Html markup) => _text!.Append(markup._text);

    public void AppendFormatted(IEnumerable<Html> markups)
    {
        foreach (var markup in markups)
            AppendFormatted(markup);
    }

    public override string ToString() => _text?.ToString() ?? "";
}
