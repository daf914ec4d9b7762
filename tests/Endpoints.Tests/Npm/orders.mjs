// An OpenAPI parser reads the document of the orders API, and a validator of JSON schemas what was really sent and answered.
// DOCUMENT: its path, EXCHANGES: [{ Method, Path, Status, Type, Sent, Answer }].
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { dereference, validate } from '@readme/openapi-parser';
import addFormats from 'ajv-formats';
import Ajv from 'ajv/dist/2020.js';

const read = () => JSON.parse(readFileSync(process.env.DOCUMENT, 'utf8'));
const exchanges = JSON.parse(process.env.EXCHANGES);
const api = await dereference(read());
const ajv = addFormats(new Ajv({ strict: false, allErrors: true }));

function fits(schema, value, what) {
  const check = ajv.compile(schema);
  assert.ok(check(value), `${what}: ${ajv.errorsText(check.errors)} in ${JSON.stringify(value)}`);
}

// Members that the document does not know are what a reader of it would miss.
function closed(schema) {
  if (Array.isArray(schema)) return schema.map(closed);
  if (schema === null || typeof schema !== 'object') return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return copy.properties ? { ...copy, additionalProperties: false } : copy;
}

test('the document is sound', async () => assert.deepEqual(await validate(read()), { valid: true, warnings: [], specification: 'OpenAPI' }));

test('the example can be sent', () => {
  const { schema, example } = api.paths['/v1/orders'].post.requestBody.content['application/json'];
  fits(schema, example, 'The example');
});

for (const { Method, Path, Status, Type, Sent, Answer } of exchanges) {
  test(`${Method} ${Path}: ${Status}`, () => {
    const operation = api.paths[Path][Method.toLowerCase()];
    const content = operation.responses[Status]?.content;
    assert.ok(operation.responses[Status], `The status ${Status} is not in the document.`);
    assert.equal(content ? Object.keys(content)[0] : null, Type);
    if (Type?.endsWith('json')) fits(closed(content[Type].schema), Answer, 'The answer');

    // What is refused need not fit.
    if (Sent && Status < 300) fits(operation.requestBody.content['application/json'].schema, Sent, 'The request');
    if (Sent && Status === 422) assert.throws(() => fits(operation.requestBody.content['application/json'].schema, Sent, 'The request'), assert.AssertionError);
  });
}
