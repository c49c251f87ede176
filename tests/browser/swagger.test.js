// The Swagger UI: what is filled in works as it is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { on, shared } from './browser.js';

const scene = shared();

/** Opens an operation to be tried out. */
async function tryOut(page, path) {
  const operation = page.locator('.opblock-post', { has: page.locator(`[data-path="${path}"]`) });
  await operation.locator('.opblock-summary').click();
  await operation.locator('.try-out__btn').click();
  return operation;
}

/** Sends it and returns the answer that is shown. */
async function execute(operation) {
  await operation.locator('.execute').click();
  const live = operation.locator('.live-responses-table .response').first();
  await live.waitFor();
  const status = await live.locator('.response-col_status').innerText();
  return { status: status.split('\n')[0], body: JSON.parse(await live.locator('.highlight-code code, .microlight').first().textContent()) };
}

test('POST /token is tried out with what is filled in, and the token introspected', () => on(scene, {}, async (page) => {
  await page.goto(`${scene.url}/docs`);
  const { status, body } = await execute(await tryOut(page, '/token'));
  assert.deepEqual([status, body.token_type, body.expires_in], ['200', 'Bearer', 900]);

  const introspection = await tryOut(page, '/introspect');
  await introspection.locator('tr[data-property-name="token"] input, tr[data-param-name="token"] input').fill(body.access_token);
  const answer = await execute(introspection);
  assert.deepEqual([answer.status, answer.body.active, answer.body.client_id], ['200', true, 'demo']);
}));

test('POST /explain is tried out with what is filled in', () => on(scene, {}, async (page) => {
  await page.goto(`${scene.url}/docs`);
  const { status, body } = await execute(await tryOut(page, '/explain'));
  assert.deepEqual([status, body.accepted], ['200', true]);
  assert.ok(body.checks.every(({ outcome }) => outcome === 'passed'));
}));
