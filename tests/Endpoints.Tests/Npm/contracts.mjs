// AsyncAPI's own parser reads the document of the contracts, and a validator of JSON schemas the messages. DOCUMENT: its path, SAMPLES: { message: [JSON as the bus writes it] }.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { Parser } from '@asyncapi/parser';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';

const text = readFileSync(process.env.DOCUMENT, 'utf8');
const samples = JSON.parse(process.env.SAMPLES);
const error = 0;
const warning = 1;

test('the document is sound', async () => {
  const { document, diagnostics } = await new Parser().parse(text);

  assert.deepEqual(diagnostics.filter(({ severity }) => severity === error || severity === warning), []);
  assert.deepEqual(document.allMessages().all().map((message) => message.title()).sort(), Object.keys(samples).sort());
  for (const operation of document.allOperations().all()) assert.equal(operation.messages().all().length, 1, operation.id());
});

test('the schemas know every member that is on the wire, and each by its type', () => {
  const { components } = JSON.parse(text);
  for (const schema of Object.values(components.schemas)) if (schema.properties) schema.additionalProperties = false;
  const ajv = addFormats(new Ajv({ strict: false, allErrors: true }));
  for (const [name, messages] of Object.entries(samples)) {
    const fits = ajv.compile({ $ref: `#/components/schemas/${name}`, components });
    for (const message of messages) assert.ok(fits(message), `${name}: ${ajv.errorsText(fits.errors)} in ${JSON.stringify(message)}`);
    assert.ok(!fits({ ...messages[0], OrderId: 1 }), `${name} with a number as order id should be refused.`);
    assert.ok(!fits({}), `An empty ${name} should be refused.`);
  }
});
