using System.Net.Sockets;
using Dovetail.Endpoints.Answers;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Dovetail.Endpoints.Tests;

[TestClass]
public sealed class WebRoleTests
{
    [TestMethod]
    public void A_database_that_is_away_passes_however_it_shows()
    {
        var refused = new NpgsqlException("Failed to connect", new SocketException((int)SocketError.ConnectionRefused));
        foreach (var failure in new Exception[]
        {
            refused, new NpgsqlException("Exception while reading from stream", new EndOfStreamException()), new InvalidOperationException("likely due to a transient failure", refused), new DbUpdateException("not saved", refused),
        })
            Assert.AreEqual(StatusCodes.Status503ServiceUnavailable, WebRole.Status(failure), failure.ToString());
    }

    [TestMethod]
    public void Faults_of_the_hub_and_of_a_request_are_told_from_that()
    {
        Assert.AreEqual(StatusCodes.Status500InternalServerError, WebRole.Status(new InvalidOperationException("a bug", new SocketException((int)SocketError.ConnectionRefused))));
        Assert.AreEqual(StatusCodes.Status413PayloadTooLarge, WebRole.Status(new BadHttpRequestException("too large", StatusCodes.Status413PayloadTooLarge)));
    }
}
