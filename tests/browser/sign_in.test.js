// Both ways to sign in, from the first click to the API's greeting.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { on, shared } from './browser.js';
import { act, checks, claims, open, signInByCode, signInByIdToken, text } from './steps.js';

const scene = shared();

/** Exchanges what the provider gave, and calls the API. */
async function exchangeAndCall(page, name) {
  await act(page, '#exchange');
  assert.equal(await text(page, '#exchange-outcome'), 'countersign issued an access token');
  assert.match(await text(page, '#exchange-answer'), /^200 OK/);
  const made = await checks(page);
  assert.ok(made.length > 10 && made.every(([, outcome]) => outcome === 'passed'), JSON.stringify(made));
  for (const column of ['Expected', 'Seen', 'Outcome']) {
    assert.ok(await page.locator(`#checks [data-check="issuer"] [data-label="${column}"]`).innerText(), column);
  }
  assert.match(await text(page, '#checks [data-check="issuer"] small'), /OpenID Connect Core/);
  await act(page, '#call');
  assert.equal(await text(page, '#api-outcome'), 'The API accepted the token');
  assert.match(await text(page, '#api-answer'), new RegExp(`^200 OK[^]*"Hello, ${name}"`));
}

test('an ID token becomes an access token, and the API greets', () => on(scene, {}, async (page) => {
  await signInByIdToken(page, scene);
  const said = await claims(page, 'id-token-view');
  assert.equal(said.nonce, await text(page, '#nonce'));
  await exchangeAndCall(page, 'Ada Lovelace');
  const ours = await claims(page, 'access-token-view');
  assert.deepEqual([ours.iss, ours.aud, ours.name], [scene.url, `${scene.url}/demo/api`, said.name]);
  assert.notEqual(ours.sub, said.sub);
  assert.match(await text(page, '#session'), /Ada Lovelace/);

  await act(page, '#sign-out');
  assert.equal(await page.locator('.card:visible').count(), 1);
  assert.doesNotMatch(await page.content(), /eyJ/);
}));

test('a code with PKCE becomes an access token, and nothing stays behind', () => on(scene, {}, async (page) => {
  await open(page, scene);
  await page.locator('#go-to-provider').click();
  await page.locator('button[value="emmy"]').waitFor();
  const asked = new URL(page.url()).searchParams;
  const kept = await page.evaluate(() => JSON.stringify(sessionStorage));
  const { state, nonce, verifier } = JSON.parse(JSON.parse(kept)['sign-in']);
  assert.deepEqual([asked.get('state'), asked.get('nonce')], [state, nonce]);
  assert.equal(asked.get('code_challenge_method'), 'S256');
  assert.ok(!page.url().includes(verifier));

  await page.locator('button[value="emmy"]').click();
  await page.locator('#code-answer').waitFor();
  assert.equal(page.url(), `${scene.url}/`);
  assert.deepEqual(await page.evaluate(() => [sessionStorage.length, localStorage.length, document.cookie]), [0, 0, '']);
  assert.match(await text(page, '#code-answer'), new RegExp(`state=${state}`));
  await exchangeAndCall(page, 'Emmy Noether');
  assert.match(await text(page, '#checks'), /second code/);
  assert.match(await text(page, '#session'), /Emmy Noether/);
  assert.ok(await page.locator('#exchange').isHidden(), 'a code that is spent is not offered again');
}));

test('whoever does not want to sign in is told so on the page', () => on(scene, {}, async (page) => {
  await open(page, scene);
  await page.locator('#go-to-provider').click();
  await page.locator('button[name="cancel"]').click();
  await page.locator('#error:not([hidden])').waitFor();
  assert.match(await text(page, '#error'), /access_denied/);
  assert.equal(page.url(), `${scene.url}/`);
}));

test('an answer to a request that the page never made is not taken', () => on(scene, {}, async (page) => {
  const iss = encodeURIComponent(`${scene.url}/demo/provider`);
  await page.goto(`${scene.url}/?code=stolen&state=guessed&iss=${iss}`);
  await page.locator('#error:not([hidden])').waitFor();
  assert.match(await text(page, '#error'), /state/);
  assert.ok(await page.locator('#step-credential').isHidden());
  assert.equal(page.url(), `${scene.url}/`);
}));

test('an answer of another provider is not taken', () => on(scene, {}, async (page) => {
  await open(page, scene);
  await page.locator('#go-to-provider').click();
  await page.locator('button[value="emmy"]').waitFor();
  const state = new URL(page.url()).searchParams.get('state');
  await page.goto(`${scene.url}/?code=other&state=${state}&iss=https%3A%2F%2Fother.example`);
  await page.locator('#error:not([hidden])').waitFor();
  assert.match(await text(page, '#error'), /another provider/);
}));

test('the provider’s page works without scripts', () => on(scene, { javaScriptEnabled: false }, async (page) => {
  const request = new URLSearchParams({
    client_id: 'demo', redirect_uri: `${scene.url}/`, response_type: 'code', scope: 'openid', state: 's',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256',
  });
  await page.goto(`${scene.url}/demo/provider/authorize?${request}`);
  await page.locator('button[value="sofja"]').click();
  await page.waitForURL(/[?&]code=/);
  assert.equal(new URL(page.url()).searchParams.get('state'), 's');
}));

/** Presses Tab until something has the focus. */
async function tabTo(page, selector) {
  for (let i = 0; i < 60; i += 1) {
    await page.keyboard.press('Tab');
    if (await page.locator(`${selector}:focus`).count()) return;
  }
  assert.fail(`Tab does not come to ${selector}`);
}

async function press(page, selector) {
  await tabTo(page, selector);
  const outline = await page.locator(selector).evaluate((element) => getComputedStyle(element).outlineStyle);
  assert.notEqual(outline, 'none', `the focus on ${selector} is seen`);
  await page.keyboard.press('Enter');
}

test('everything is done with the keyboard alone', () => on(scene, {}, async (page) => {
  await open(page, scene);
  await press(page, '.skip');
  assert.equal(await page.locator('#steps:focus').count(), 1);
  await press(page, '#go-to-provider');
  await page.locator('button[value="sofja"]').waitFor();
  await press(page, 'button[value="sofja"]');
  for (const [button, heading] of [['#exchange', '#credential-outcome'], ['#call', '#exchange-outcome']]) {
    await page.locator(`${heading}:focus`).waitFor();
    await press(page, button);
  }
  await page.locator('#api-outcome:focus').waitFor();
  assert.match(await text(page, '#api-answer'), /Hello, Софья/);
}));
