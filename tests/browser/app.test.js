// A page of another origin that uses the demo, as the page of an app under development does.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { on, start } from './browser.js';

const PAGE = '<!doctype html><html lang="en"><title>App</title><link rel="icon" href="data:,">';
const scene = {};
let server;
let app;

before(async () => {
  server = createServer((request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html' }).end(PAGE);
  }).listen(0, 'localhost');
  await once(server, 'listening');
  app = `http://localhost:${server.address().port}`;
  Object.assign(scene, await start([app]));
});

after(async () => {
  await scene.end();
  server.closeAllConnections();
  server.close();
});

/** Sends the page to the provider, chooses somebody there, and returns what comes back. */
async function signIn(page, redirectUri, verifier) {
  const request = new URLSearchParams({
    client_id: 'demo', redirect_uri: redirectUri, response_type: 'code', scope: 'openid', state: 's', nonce: 'n',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256',
  });
  await page.goto(`${scene.url}/demo/provider/authorize?${request}`);
  await page.locator('button[value="emmy"]').click();
  await page.waitForURL(`${redirectUri}?*`);
  return new URL(page.url()).searchParams;
}

for (const path of ['/', '/callback']) {
  test(`it is sent a code to ${path}, and exchanges it`, () => on(scene, {}, async (page) => {
    const [redirectUri, verifier] = [`${app}${path}`, randomBytes(32).toString('base64url')];
    await page.goto(app);
    const answer = await signIn(page, redirectUri, verifier);
    assert.equal(answer.get('state'), 's');
    const form = {
      grant_type: 'authorization_code', provider: 'demo-provider', client_id: 'demo', code: answer.get('code'),
      redirect_uri: redirectUri, code_verifier: verifier, nonce: 'n',
    };
    const { status, body } = await page.evaluate(async ([url, fields]) => {
      // A header of the page's own, so that the browser asks beforehand.
      const headers = { 'X-Request-Id': 'of-the-app' };
      const response = await fetch(url, { method: 'POST', headers, body: new URLSearchParams(fields) });
      return { status: response.status, body: await response.json() };
    }, [`${scene.url}/token`, form]);
    assert.deepEqual([status, body.token_type], [200, 'Bearer'], JSON.stringify(body));
  }));
}
