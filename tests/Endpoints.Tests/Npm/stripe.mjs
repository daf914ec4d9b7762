// Stripe's own client against the stand-in. SANDBOX is its address.
import assert from 'node:assert/strict';
import http from 'node:http';
import test from 'node:test';
import Stripe from 'stripe';

const sandbox = new URL(process.env.SANDBOX);

// The client knows a host and a port; behind one address the stand-ins each have a path. Connections that stay open would keep the script from ending.
class UnderStripe extends Stripe.HttpClient {
  #node = Stripe.createNodeHttpClient(new http.Agent({ keepAlive: false }));
  getClientName() { return 'under-stripe'; }
  makeRequest(host, port, path, ...rest) { return this.#node.makeRequest(host, port, `/stripe${path}`, ...rest); }
}

const client = (key = 'sk_test_sandbox', maxNetworkRetries = 0) => new Stripe(key, {
  host: sandbox.hostname, port: sandbox.port, protocol: 'http', httpClient: new UnderStripe(), maxNetworkRetries, telemetry: false,
});
const stripe = client();

const hold = (order, more = {}) => ({
  amount: 499000, currency: 'rub', capture_method: 'manual', confirm: true, off_session: true, payment_method: 'pm_card_visa',
  payment_method_types: ['card'], metadata: { orderId: order }, ...more,
});
const booked = async (order) => (await fetch(new URL(`control/ledgers/stripe?order=${order}`, sandbox))).json();
const pull = (lever) => fetch(new URL('control/levers', sandbox), {
  method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ system: 'stripe', ...lever }),
});

test('a hold is taken in part, with the charge shown in full', async () => {
  const held = await stripe.paymentIntents.create(hold('N-1'));
  assert.equal(held.status, 'requires_capture');
  assert.equal(held.amount_capturable, 499000);
  assert.equal(typeof held.latest_charge, 'string');

  const taken = await stripe.paymentIntents.capture(held.id, { amount_to_capture: 400000, expand: ['latest_charge'] });
  assert.equal(taken.status, 'succeeded');
  assert.equal(taken.amount_received, 400000);
  assert.equal(taken.latest_charge.amount_captured, 400000);
  assert.equal(taken.latest_charge.id, held.latest_charge);
});

test('money goes back in parts and never twice', async () => {
  const taken = await stripe.paymentIntents.create(hold('N-2', { capture_method: 'automatic' }));
  const first = await stripe.refunds.create({ payment_intent: taken.id, amount: 100000, reason: 'requested_by_customer', metadata: { n: '1' } });
  const rest = await stripe.refunds.create({ charge: taken.latest_charge });
  assert.deepEqual([first.status, rest.amount], ['succeeded', 399000]);
  assert.equal((await stripe.refunds.retrieve(first.id)).metadata.n, '1');
  assert.deepEqual((await stripe.refunds.list({ payment_intent: taken.id })).data.map((refund) => refund.id), [rest.id, first.id]);

  await assert.rejects(stripe.refunds.create({ payment_intent: taken.id }), (error) =>
    error instanceof Stripe.errors.StripeInvalidRequestError && error.code === 'charge_already_refunded');
});

test('a declined card is a card error that carries its intent', async () => {
  await assert.rejects(stripe.paymentIntents.create(hold('N-3', { payment_method: 'pm_card_visa_chargeDeclinedInsufficientFunds' })), (error) => {
    assert.ok(error instanceof Stripe.errors.StripeCardError);
    assert.deepEqual([error.statusCode, error.code, error.decline_code], [402, 'card_declined', 'insufficient_funds']);
    assert.equal(error.payment_intent.status, 'requires_payment_method');
    assert.equal(error.payment_intent.last_payment_error.decline_code, 'insufficient_funds');
    assert.ok(error.requestId.startsWith('req_'));
    return true;
  });
});

test('an intent takes another card after the first was declined', async () => {
  const intent = await stripe.paymentIntents.create({ amount: 1000, currency: 'eur', capture_method: 'manual' });
  assert.equal(intent.status, 'requires_payment_method');
  await assert.rejects(stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_chargeDeclinedExpiredCard' }), { code: 'expired_card' });
  assert.equal((await stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa' })).status, 'requires_capture');
});

test('a card that wants its payer leads him to his bank, and can be cancelled', async () => {
  const waiting = await stripe.paymentIntents.create(
    hold('N-5', { payment_method: 'pm_card_authenticationRequired', off_session: undefined, return_url: 'https://shop.example/back' }));
  assert.equal(waiting.status, 'requires_action');
  assert.equal(new URL(waiting.next_action.redirect_to_url.url).protocol, 'https:');
  const cancelled = await stripe.paymentIntents.cancel(waiting.id, { cancellation_reason: 'abandoned' });
  assert.deepEqual([cancelled.status, cancelled.cancellation_reason], ['canceled', 'abandoned']);
  await assert.rejects(stripe.paymentIntents.capture(waiting.id), { code: 'payment_intent_unexpected_state' });
});

test('one key makes one payment, and other content under it is refused', async () => {
  const [first, second] = [
    await stripe.paymentIntents.create(hold('N-6'), { idempotencyKey: 'N-6/hold/1' }),
    await stripe.paymentIntents.create(hold('N-6'), { idempotencyKey: 'N-6/hold/1' }),
  ];
  assert.equal(first.id, second.id);
  assert.equal(second.lastResponse.headers['idempotent-replayed'], 'true');
  await assert.rejects(stripe.paymentIntents.create(hold('N-6', { amount: 1 }), { idempotencyKey: 'N-6/hold/1' }), (error) =>
    error instanceof Stripe.errors.StripeIdempotencyError && error.statusCode === 400);
  assert.equal((await booked('N-6')).length, 1);
});

test('the client gets over an answer that was lost, and the card is charged once', async () => {
  await pull({ effect: 'fail-after', match: 'N-7', times: 1 });
  const held = await client('sk_test_sandbox', 2).paymentIntents.create(hold('N-7'));
  const books = await booked('N-7');
  assert.deepEqual(books.map((intent) => intent.id), [held.id]);
  assert.ok(books[0].keys[0].startsWith('stripe-node-retry-'));
});

test('too many requests are a rate limit error', async () => {
  await pull({ effect: 'refuse', match: 'N-8', reason: 'rate_limit', times: 1 });
  await assert.rejects(stripe.paymentIntents.create(hold('N-8')), (error) =>
    error instanceof Stripe.errors.StripeRateLimitError && error.headers['retry-after'] === '1');
});

test('a wrong key and an unknown payment are told apart', async () => {
  await assert.rejects(client('sk_test_wrong').paymentIntents.list(), (error) => error instanceof Stripe.errors.StripeAuthenticationError);
  await assert.rejects(stripe.paymentIntents.retrieve('pi_unknown'), (error) =>
    error instanceof Stripe.errors.StripeInvalidRequestError && error.code === 'resource_missing' && error.statusCode === 404);
});

test('lists are walked page by page and searched by metadata', async () => {
  for (let n = 0; n < 7; n++) await stripe.paymentIntents.create(hold(`L-${n}`, { customer: 'cus_list' }));
  const orders = [];
  for await (const intent of stripe.paymentIntents.list({ limit: 3, customer: 'cus_list', created: { gte: 1 } })) orders.push(intent.metadata.orderId);
  assert.deepEqual(orders, ['L-6', 'L-5', 'L-4', 'L-3', 'L-2', 'L-1', 'L-0']);

  const found = await stripe.paymentIntents.search({ query: "metadata['orderId']:'L-4' AND status:'requires_capture'" });
  assert.deepEqual(found.data.map((intent) => intent.metadata.orderId), ['L-4']);
});

test('what happened can be read as events', async () => {
  const held = await stripe.paymentIntents.create(hold('N-11'), { idempotencyKey: 'N-11/hold/1' });
  const events = (await stripe.events.list({ limit: 100 })).data.filter((event) => event.request.idempotency_key === 'N-11/hold/1');
  assert.deepEqual(events.map((event) => event.type), ['payment_intent.amount_capturable_updated', 'charge.succeeded', 'payment_intent.created']);
  assert.equal((await stripe.events.retrieve(events[0].id)).data.object.id, held.id);
});
