using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Dovetail.Endpoints.Database;

/// <summary>Stores an instant as a number, since SQLite can neither compare nor order the text form.</summary>
sealed class UtcTicks() : ValueConverter<DateTimeOffset, long>(instant => instant.UtcTicks, ticks => new(ticks, TimeSpan.Zero));
