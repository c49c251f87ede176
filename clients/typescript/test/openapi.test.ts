import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

const ROOT = process.env['ROOT'] ?? '../..';

test('src/openapi.ts is what the OpenAPI document says', async () => {
  const script = new URL('../../generate.mjs', import.meta.url).href;
  const { generate } = (await import(script)) as { generate: (document: string) => Promise<string> };
  const document = await readFile(join(ROOT, 'openapi/openapi.yaml'), 'utf8');
  const committed = await readFile(join(ROOT, 'clients/typescript/src/openapi.ts'), 'utf8');
  assert.equal(committed, await generate(document), 'UPDATE=1 clients/typescript/run writes it');
});
