using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Sandbox.RetailCrm;

/// <summary>The orders of the order management system and their history. Whoever looks at an order sees what the warehouse has done by now.</summary>
sealed class RetailCrmBook
{
    const string System = RetailCrmSandbox.System;

    readonly Lock _gate = new();
    readonly SandboxLedger _ledger;
    readonly TimeProvider _time;
    readonly RetailCrmWarehouse _warehouse;
    readonly Dictionary<(string Site, string ExternalId), long> _ids = [];
    readonly Dictionary<long, long> _orderOfPayment = [];
    readonly Dictionary<long, long> _latest = [];
    readonly HashSet<long> _inAssembly = [];
    long _lastOrder;
    long _lastPart;
    long _lastChange;

    public RetailCrmBook(SandboxLedger ledger, IOptions<SandboxOptions> sandbox, TimeProvider time)
    {
        (_ledger, _time, _warehouse) = (ledger, time, RetailCrmWarehouse.At(sandbox.Value));
        foreach (var order in ledger.All<RetailCrmOrder>(System))
        {
            Index(order);
            Follow(order);
        }
    }

    public DateTimeOffset Now => _time.GetUtcNow();

    /// <summary>Null when the site has an order with this external id already.</summary>
    public RetailCrmOrder? Create(string site, JsonObject entity, bool goodsGone)
    {
        lock (_gate)
        {
            var externalId = (string?)entity["externalId"];
            if (externalId is not null && _ids.ContainsKey((site, externalId)))
                return null;

            var id = ++_lastOrder;
            var status = (string?)entity["status"] ?? "new";
            var order = new RetailCrmOrder
            {
                Id = id,
                Site = site,
                ExternalId = externalId,
                Status = status,
                StatusSince = Now,
                Members = Members(entity, id),
                History = [new(++_lastChange, Now, "api", "status", null, status)],
            };
            Index(order);
            return Save(goodsGone ? order with { Gone = [.. order.Items.Select(item => (long)item["id"]!)] } : order);
        }
    }

    public RetailCrmOrder? Find(string site, string? by, string key)
    {
        lock (_gate)
            return IdOf(site, by, key) is { } id ? Look(id) : null;
    }

    /// <param name="goodsGone">Items that the change adds are found missing as well.</param>
    /// <returns>The order; null if there is none. Nothing was changed if there is a fault.</returns>
    public (RetailCrmOrder? Order, (string Field, string Text)? Fault) Edit(string site, string? by, string key, JsonObject change, bool goodsGone)
    {
        lock (_gate)
        {
            if (IdOf(site, by, key) is not { } id || Look(id) is not { } order)
                return (null, null);
            if (RetailCrmRules.FaultOfItems(order, change) is { } fault)
                return (order, fault);

            foreach (var item in change["items"]?.AsArray().OfType<JsonObject>() ?? [])
                order = EditItem(order, item, goodsGone);
            if ((string?)change["status"] is { } status && status != order.Status)
                order = Move(order, status, Now, "api");

            var rest = (JsonObject)change.DeepClone();
            foreach (var own in (string[])["status", "id", "externalId", "site", "items"])
                rest.Remove(own);
            Merge(order.Members, rest);
            return (Save(order), null);
        }
    }

    RetailCrmOrder EditItem(RetailCrmOrder order, JsonObject change, bool goodsGone)
    {
        if (order.Items.SingleOrDefault(item => (long)item["id"]! == (long?)change["id"]) is { } own)
        {
            if ((string?)change["status"] is { } status)
                order = MoveItem(order, own, status, Now, "api");
            Merge(own, (JsonObject)change.DeepClone());
            own["discountTotal"] = own["discountManualAmount"]?.DeepClone() ?? 0;
            return order;
        }

        var added = Numbered((JsonObject)change.DeepClone());
        if (order.Members["items"] is null)
            order.Members["items"] = new JsonArray();
        order.Members["items"]!.AsArray().Add(added);
        return goodsGone ? order with { Gone = [.. order.Gone, _lastPart] } : order;
    }

    public bool EditPayment(long id, JsonObject change)
    {
        lock (_gate)
        {
            if (!_orderOfPayment.TryGetValue(id, out var orderId) || Look(orderId) is not { } order)
                return false;

            var payment = (JsonObject)order.Members["payments"]![id.ToString(CultureInfo.InvariantCulture)]!;
            if ((string?)change["status"] is { } status && status != (string?)payment["status"])
                order = order with { History = [.. order.History, new(++_lastChange, Now, "api", "payments.status", (string?)payment["status"], status)] };

            Merge(payment, (JsonObject)change.DeepClone());
            Save(order);
            return true;
        }
    }

    /// <summary>The change feed after an id and from an instant on, oldest first.</summary>
    public IReadOnlyList<(RetailCrmOrder Order, RetailCrmChange Change)> History(long since, DateTimeOffset from)
    {
        lock (_gate)
        {
            // Of most orders nothing is new, and they need not be read: the feed is asked for often.
            return
            [
                .. _latest.Where(order => order.Value > since || _inAssembly.Contains(order.Key)).Select(order => order.Key).ToList()
                    .Select(id => Look(id)!)
                    .SelectMany(order => order.History.Select(change => (Order: order, Change: change)))
                    .Where(line => line.Change.Id > since && line.Change.At >= from)
                    .OrderBy(line => line.Change.Id),
            ];
        }
    }

    RetailCrmOrder? Look(long id)
    {
        if (_ledger.Find<RetailCrmOrder>(System, Key(id)) is not { } order)
            return null;

        var before = order;
        while (_warehouse.Next(order, Now) is { } step)
        {
            foreach (var item in order.LiveItems)
            {
                if (step.StatusOf(item) is { } status)
                    order = MoveItem(order, item, status, step.At, "rule");
            }

            order = Move(order, step.Status, step.At, "rule");
        }

        return ReferenceEquals(before, order) ? order : Save(order);
    }

    RetailCrmOrder Move(RetailCrmOrder order, string status, DateTimeOffset at, string source) => order with
    {
        Status = status,
        StatusSince = at,
        History = [.. order.History, new(++_lastChange, at, source, "status", order.Status, status)],
    };

    RetailCrmOrder MoveItem(RetailCrmOrder order, JsonObject item, string status, DateTimeOffset at, string source)
    {
        var before = (string?)item["status"];
        item["status"] = status;
        return before == status ? order : order with { History = [.. order.History, new(++_lastChange, at, source, "order_product.status", before, status)] };
    }

    JsonObject Numbered(JsonObject item)
    {
        item["id"] = ++_lastPart;
        item["status"] ??= "new";
        item["quantity"] ??= 1;
        item["discountTotal"] = item["discountManualAmount"]?.DeepClone() ?? 0;
        return item;
    }

    JsonObject Members(JsonObject entity, long id)
    {
        var members = (JsonObject)entity.DeepClone();
        foreach (var own in (string[])["status", "id", "externalId", "site", "payments"])
            members.Remove(own);

        members["number"] ??= id.ToString(CultureInfo.InvariantCulture) + "C";
        members["createdAt"] ??= RetailCrmAnswers.Instant(Now);
        foreach (var item in members["items"]?.AsArray().OfType<JsonObject>() ?? [])
            Numbered(item);

        var payments = new JsonObject();
        foreach (var payment in entity["payments"]?.AsArray().OfType<JsonObject>() ?? [])
        {
            var written = (JsonObject)payment.DeepClone();
            written["id"] = ++_lastPart;
            written["status"] ??= "not-paid";
            payments[_lastPart.ToString(CultureInfo.InvariantCulture)] = written;
        }

        members["payments"] = payments;
        return members;
    }

    void Index(RetailCrmOrder order)
    {
        if (order.ExternalId is not null)
            _ids[(order.Site, order.ExternalId)] = order.Id;
        foreach (var payment in order.Members["payments"]!.AsObject())
        {
            var id = long.Parse(payment.Key, CultureInfo.InvariantCulture);
            _orderOfPayment[id] = order.Id;
            _lastPart = Math.Max(_lastPart, id);
        }

        _lastPart = order.Items.Select(item => (long)item["id"]!).Append(_lastPart).Max();
        _lastOrder = Math.Max(_lastOrder, order.Id);
        _lastChange = Math.Max(_lastChange, order.History[^1].Id);
    }

    RetailCrmOrder Save(RetailCrmOrder order)
    {
        _ledger.Save(System, Key(order.Id), order);
        Follow(order);
        return order;
    }

    void Follow(RetailCrmOrder order)
    {
        _latest[order.Id] = order.History[^1].Id;
        if (order.Status is RetailCrmStatuses.SentToAssembling or RetailCrmStatuses.Assembling)
            _inAssembly.Add(order.Id);
        else
            _inAssembly.Remove(order.Id);
    }

    long? IdOf(string site, string? by, string key) => by == "id"
        ? long.TryParse(key, CultureInfo.InvariantCulture, out var id) ? id : null
        : _ids.TryGetValue((site, key), out var found) ? found : null;

    static string Key(long id) => id.ToString(CultureInfo.InvariantCulture);

    static void Merge(JsonObject into, JsonObject change)
    {
        foreach (var (name, value) in change)
        {
            if (value is JsonObject inner && into[name] is JsonObject own)
                Merge(own, inner);
            else
                into[name] = value?.DeepClone();
        }
    }
}
