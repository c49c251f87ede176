// What fails on purpose, and the reason that is shown for it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { on, shared } from './browser.js';
import { act, claims, failed, signInByCode, signInByIdToken, text } from './steps.js';

const scene = shared();
const REFUSING = { refusals: true };

/** Does what fails, and sees that the answer, the explanation and its check agree. */
async function refused(page, button, reason, check) {
  await act(page, button);
  assert.equal(await text(page, '#exchange-outcome'), 'countersign refused the exchange', button);
  assert.equal(JSON.parse((await text(page, '#exchange-answer')).split('\n\n')[1]).reason, reason, button);
  assert.match(await text(page, '#checks-summary'), new RegExp(`\\b${reason}: \\S`), button);
  assert.deepEqual(await failed(page), [check], button);
}

test('an ID token that is not good is refused for its flaw', () => on(scene, REFUSING, async (page) => {
  await signInByIdToken(page, scene);
  await refused(page, '#tampered-id-token', 'bad_signature', 'signature');
  await page.locator('#sent summary').click();
  assert.match((await claims(page, 'sent-view')).sub, /^0{8}-/);
  await refused(page, '#wrong-audience', 'wrong_audience', 'audience');
  assert.equal((await claims(page, 'sent-view')).aud, 'another-app');
  await refused(page, '#expired-id-token', 'expired', 'expiry');
  await refused(page, '#other-nonce', 'nonce_mismatch', 'nonce');
  assert.ok(await page.locator('#sent').isHidden());
  // The flaws were those of other tokens.
  await act(page, '#exchange');
  assert.deepEqual(await failed(page), []);
}));

test('what an earlier exchange brought is not shown as that of a refused one', () => on(scene, REFUSING, async (page) => {
  await signInByIdToken(page, scene);
  await act(page, '#exchange');
  await act(page, '#call');
  assert.equal(await text(page, '#access-token-title'), 'The access token');
  assert.ok(await page.locator('#from-before').isHidden());
  const { jti } = await claims(page, 'access-token-view');

  await act(page, '#wrong-audience');
  assert.ok(await page.locator('#step-api').isHidden());
  assert.equal(await text(page, '#access-token-title'), 'The access token of the exchange before');
  assert.match(await text(page, '#from-before'), /brought none/);
  assert.equal((await claims(page, 'access-token-view')).jti, jti);

  await act(page, '#exchange');
  assert.equal(await text(page, '#access-token-title'), 'The access token');
  assert.ok(await page.locator('#from-before').isHidden());
}));

test('a code that is not good is refused', () => on(scene, REFUSING, async (page) => {
  await signInByCode(page, scene);
  const causes = /code verifier or the redirect URI/;
  await refused(page, '#other-verifier', 'provider_rejected', 'code');
  assert.match(await text(page, '#checks-summary'), causes);
  await act(page, '#exchange');
  assert.equal(await text(page, '#exchange-outcome'), 'countersign issued an access token');
  await refused(page, '#code-again', 'provider_rejected', 'code');
  await refused(page, '#other-nonce-of-code', 'nonce_mismatch', 'nonce');
  assert.doesNotMatch(await text(page, '#checks-summary'), causes);
  // A refused exchange takes nothing from the token that is there.
  await act(page, '#call');
  assert.match(await text(page, '#api-answer'), /Hello, Emmy Noether/);
}));

test('the API refuses a token that is not good for it, and says why', () => on(scene, REFUSING, async (page) => {
  await signInByIdToken(page, scene, 'srinivasa');
  await act(page, '#exchange');
  for (const [button, problem] of [
    ['#call-without', 'no bearer token was sent'],
    ['#call-tampered', 'the signature does not match'],
    ['#call-elsewhere', 'the token is for another audience'],
    ['#call-later', 'the token has expired'],
  ]) {
    await act(page, button);
    assert.equal(await text(page, '#api-outcome'), 'The API refused the call', button);
    const answer = await text(page, '#api-answer');
    assert.match(answer, /^401 Unauthorized\nWWW-Authenticate: Bearer/, button);
    assert.ok(answer.includes(problem), answer);
  }
}));

test('a failure that is nobody’s fault is no refusal', () => on(scene, REFUSING, async (page) => {
  await signInByIdToken(page, scene);
  const unavailable = { error: 'temporarily_unavailable', error_description: 'busy', reason: 'overloaded' };
  await page.route('**/token', (route) => route.fulfill({ status: 503, json: unavailable }));
  await act(page, '#exchange');
  assert.equal(await text(page, '#exchange-outcome'), 'countersign could not answer');
  assert.match(await text(page, '#exchange-answer'), /^503 [^]*overloaded/);
  assert.ok(await page.locator('#step-access-token').isHidden());
}));
