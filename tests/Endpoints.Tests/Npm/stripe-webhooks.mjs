// Stripe's own verifier reads what the stand-in posted. DELIVERIES: [{ Body, Signature }], SECRET: what they were signed with.
import assert from 'node:assert/strict';
import test from 'node:test';
import Stripe from 'stripe';

const stripe = new Stripe('sk_test_sandbox');
const deliveries = JSON.parse(process.env.DELIVERIES);
const secret = process.env.SECRET;

test('every event is signed and whole', () => {
  const types = deliveries.map(({ Body, Signature }) => stripe.webhooks.constructEvent(Body, Signature, secret).type);
  assert.deepEqual(types.sort(), ['charge.succeeded', 'payment_intent.amount_capturable_updated', 'payment_intent.created']);
});

test('another body, another secret and an old signature are refused', () => {
  const [{ Body, Signature }] = deliveries;
  const refused = (body, signature, key) =>
    assert.throws(() => stripe.webhooks.constructEvent(body, signature, key), (error) => error instanceof Stripe.errors.StripeSignatureVerificationError);
  refused(Body.replace('499000', '499001'), Signature, secret);
  refused(Body, Signature, 'whsec_other');
  refused(Body, stripe.webhooks.generateTestHeaderString({ payload: Body, secret, timestamp: Math.floor(Date.now() / 1000) - 3600 }), secret);
});
