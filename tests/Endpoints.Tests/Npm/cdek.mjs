// An independent client of CDEK books with the stand-in and hears its news. SANDBOX: its address; ACCOUNT, PASSWORD: what it lets in.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import test from 'node:test';
import { ApiError, Cdek } from 'cdek';

const client = new Cdek({ account: process.env.ACCOUNT, password: process.env.PASSWORD, url_base: `${process.env.SANDBOX}cdek/v2` });
const order = {
  number: 'NPM-1',
  tariff_code: 137,
  shipment_point: 'MSK67',
  to_location: { city: 'Novosibirsk', address: 'Lenina 1' },
  recipient: { name: 'Anna Orlova', phones: [{ number: '+79990000000' }] },
  packages: [{ number: '1', weight: 300, items: [{ name: 'Ring', ware_key: 'R', payment: { value: 0 }, cost: 1, weight: 300, amount: 1 }] }],
};

test('what is not there and what is not right comes back as an error of the API', async () => {
  await assert.rejects(client.getOrderByUUID('72753033-1cf5-447c-a420-c29f4b488ac6'), (error) => error instanceof ApiError && /v2_entity_not_found/.test(JSON.stringify(error.response)));
  await assert.rejects(client.addOrder({ ...order, recipient: {} }), (error) => error instanceof ApiError && /v2_field_is_empty/.test(JSON.stringify(error.response)));
});

test('a shipment is booked, and each of its statuses is heard of by a subscription', async () => {
  const heard = new Map();
  let delivered;
  const end = new Promise((resolve) => { delivered = resolve; });
  client.on('ORDER_STATUS', (news) => {
    heard.set(news.attributes.code, news);
    if (news.attributes.code === 'DELIVERED') delivered();
  });
  const handle = client.webhookHandler();
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const answer = await handle(new Request('http://127.0.0.1/', { method: 'POST', headers: request.headers, body: Buffer.concat(chunks) }));
    response.end(await answer.text());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const url = `http://127.0.0.1:${server.address().port}/`;
    const { entity: subscription } = await client.addWebhook({ url, type: 'ORDER_STATUS' });
    assert.deepEqual((await client.getWebhooks()).map((known) => [known.url, known.type, known.uuid]), [[url, 'ORDER_STATUS', subscription.uuid]]);

    const { entity: booked } = await client.addOrder(order);
    await end;

    const news = heard.get('DELIVERED');
    assert.equal(news.uuid, booked.uuid);
    assert.equal(news.attributes.number, 'NPM-1');
    assert.equal(news.attributes.status_code, '4');
    assert.ok(heard.has('TAKEN_BY_COURIER'));
    const { entity: seen } = await client.getOrderByImNumber('NPM-1');
    assert.equal(seen.statuses[0].code, 'DELIVERED');
    assert.equal(seen.cdek_number, news.attributes.cdek_number);

    await client.deleteWebhookByUUID(subscription.uuid);
    assert.deepEqual(await client.getWebhooks(), []);
  } finally {
    server.close();
  }
});
