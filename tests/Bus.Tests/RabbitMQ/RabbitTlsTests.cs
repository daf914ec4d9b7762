using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging.Abstractions;
using NServiceBus;

namespace Dovetail.Bus.Tests.RabbitMQ;

/// <summary>A broker that speaks TLS, and certificates made for it.</summary>
[TestClass]
public sealed class RabbitTlsTests(TestContext test) : IDisposable
{
    const int Limit = 60_000;

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dovetail-tls-");
    readonly int _port = FreePort.Next();

    CancellationToken Cancellation => test.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Only_a_broker_is_trusted_that_can_show_who_it_is()
    {
        using var certificate = Certify("localhost");
        await using var broker = await OwnBroker.Start(static _ => { }, Cancellation, [.. Shows(certificate), "ssl_options.verify = verify_none", "ssl_options.fail_if_no_peer_cert = false"]);

        await using var careful = Create(validates: true);
        await using var careless = Create(validates: false);
        StringAssert.Contains((await Assert.ThrowsExactlyAsync<StoreAwayException>(() => careful.CreateQueues(["Sales"], Cancellation))).Message, "amqps://localhost");
        await SendOne(careless);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_client_s_certificate_stands_for_its_name_and_password()
    {
        using var server = Certify("localhost");
        using var authority = Certify("Our own authority", signs: true);
        using var guest = Certify("guest", authority);
        await File.WriteAllTextAsync(Named("trusted.pem"), authority.ExportCertificatePem(), Cancellation);
        await using var broker = await OwnBroker.Start(static _ => { }, ["rabbitmq_auth_mechanism_ssl"], Cancellation, [
            .. Shows(server), $"ssl_options.cacertfile = {Named("trusted.pem")}", "ssl_options.verify = verify_peer", "ssl_options.fail_if_no_peer_cert = true",
            "auth_mechanisms.1 = EXTERNAL", "ssl_cert_login_from = common_name"]);

        await using var unknown = Create(validates: false);
        await using var known = Create(validates: false, guest);
        await Assert.ThrowsExactlyAsync<StoreAwayException>(() => unknown.CreateQueues(["Sales"], Cancellation));
        await SendOne(known);
    }

    async Task SendOne(ITransport transport)
    {
        await transport.CreateQueues(["Sales"], Cancellation);
        await transport.Send([new OutgoingOperation("1", [], "{}"u8.ToArray(), new Target.Queue("Sales"))], Cancellation);
        Assert.AreEqual(1, await transport.Waiting("Sales", Cancellation));
    }

    string[] Shows(X509Certificate2 certificate)
    {
        File.WriteAllText(Named("server.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Named("key.pem"), certificate.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem());
        return [string.Create(CultureInfo.InvariantCulture, $"listeners.ssl.1 = 127.0.0.1:{_port}"), $"ssl_options.certfile = {Named("server.pem")}", $"ssl_options.keyfile = {Named("key.pem")}"];
    }

    string Named(string file) => Path.Combine(_folder.FullName, file);

    ITransport Create(bool validates, X509Certificate2? certificate = null) => new RabbitMQTransport(
        RoutingTopology.Conventional(QueueType.Classic), string.Create(CultureInfo.InvariantCulture, $"host=localhost;port={_port};useTls=true{(certificate is null ? "" : ";userName=nobody;password=wrong")}"), enableDelayedDelivery: false)
    {
        ValidateRemoteCertificate = validates,
        ClientCertificate = certificate,
        DisabledBrokerRequirementChecks = BrokerRequirementChecks.Version310OrNewer | BrokerRequirementChecks.StreamsEnabled,
    }.Create(new("Sales", TimeProvider.System, NullLoggerFactory.Instance));

    static X509Certificate2 Certify(string name, X509Certificate2? by = null, bool signs = false)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(signs, false, 0, true));
        var (from, until) = (TimeProvider.System.GetUtcNow().AddHours(-1), TimeProvider.System.GetUtcNow().AddHours(1));
        using var certificate = by is null ? request.CreateSelfSigned(from, until) : request.Create(by, from.AddMinutes(1), until.AddMinutes(-1), [1]).CopyWithPrivateKey(key);
        // As the file that it would be: TLS takes no key that lives in memory alone.
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable);
    }
}
