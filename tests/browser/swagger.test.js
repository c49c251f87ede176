// The Swagger UI: what is filled in works as it is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { on, shared } from './browser.js';
import { execute, tryOut } from './swagger.js';

const scene = shared();

test('POST /token is tried out with what is filled in, and the token introspected', () => on(scene, {}, async (page) => {
  await page.goto(`${scene.url}/docs`);
  const { status, body } = await execute(await tryOut(page, '/token'));
  assert.deepEqual([status, body.token_type, body.expires_in], ['200', 'Bearer', 900]);

  const introspection = await tryOut(page, '/introspect');
  await introspection.locator('[data-property-name="token"] input').fill(body.access_token);
  const answer = await execute(introspection);
  assert.deepEqual([answer.status, answer.body.active, answer.body.client_id], ['200', true, 'demo']);
}));

test('POST /explain is tried out with what is filled in', () => on(scene, {}, async (page) => {
  await page.goto(`${scene.url}/docs`);
  const { status, body } = await execute(await tryOut(page, '/explain'));
  assert.deepEqual([status, body.accepted], ['200', true]);
  assert.ok(body.checks.every(({ outcome }) => outcome === 'passed'));
}));
