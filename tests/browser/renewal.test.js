// The token is renewed before it expires. The page's clock is moved; nobody waits.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { on, shared } from './browser.js';
import { act, claims, signInByCode, signInByIdToken, text } from './steps.js';

const scene = shared();

async function until(page, count) {
  await page.locator(`#renewals tr:nth-child(${count})`).waitFor();
  assert.equal(await page.locator('#renewals tr').count(), count);
}

for (const [way, signIn] of [['an ID token', signInByIdToken], ['a code', signInByCode]]) {
  test(`by ${way}: ahead of expiry, for the same person, as another token`, () => on(scene, {}, async (page) => {
    await page.clock.install();
    await signIn(page, scene);
    await act(page, '#exchange');
    await until(page, 1);
    const before = await claims(page, 'access-token-view');
    assert.equal(before.exp - before.iat, 120);
    assert.match(await text(page, '#countdown'), /^(2:00|1:5\d)$/);
    assert.match(await text(page, '#renewal-plan'), /^Renewal in (90|8\d) s\.$/);

    await page.clock.fastForward(60_000);
    assert.equal(await page.locator('#renewals tr').count(), 1, 'not before three quarters of its life');
    await page.clock.fastForward(30_000);
    await until(page, 2);
    const renewed = await claims(page, 'access-token-view');
    assert.equal(renewed.sub, before.sub);
    assert.notEqual(renewed.jti, before.jti);
    assert.match(await text(page, '#renewals tr:nth-child(2)'), /Renewed[^]*another[^]*the same/);
    assert.match(await text(page, '#countdown'), /^(2:00|1:5\d)$/);
    await act(page, '#call');
    assert.match(await text(page, '#api-answer'), new RegExp(renewed.jti));
  }));
}

test('it can be switched off, and done by hand', () => on(scene, {}, async (page) => {
  await page.clock.install();
  await signInByIdToken(page, scene);
  await act(page, '#exchange');
  await page.locator('#automatic').uncheck();
  assert.equal(await text(page, '#renewal-plan'), 'Renewal is off.');
  await page.clock.fastForward(130_000);
  assert.equal(await text(page, '#countdown'), 'expired');
  await until(page, 1);
  await act(page, '#renew');
  await until(page, 2);
  assert.match(await text(page, '#countdown'), /^(2:00|1:5\d)$/);
}));

test('a renewal leaves the focus where it is, and ends with the sign-in', () => on(scene, {}, async (page) => {
  await page.clock.install();
  await signInByIdToken(page, scene);
  await act(page, '#exchange');
  await page.locator('#access-token-view [data-slot="copy"]').focus();
  await page.clock.fastForward(91_000);
  await until(page, 2);
  assert.equal(await page.locator('#access-token-view [data-slot="copy"]:focus').count(), 1);
  await act(page, '#sign-out');
  await page.clock.fastForward(200_000);
  assert.equal(await page.locator('#renewals tr').count(), 0);
}));

test('what is clicked during a renewal is done after it', () => on(scene, {}, async (page) => {
  await page.clock.install();
  await signInByIdToken(page, scene);
  await act(page, '#exchange');
  let answer;
  const asked = new Promise((resolve) => {
    page.route('**/token', async (route) => {
      answer = () => route.continue();
      resolve();
    });
  });
  await page.clock.fastForward(91_000);
  await asked;
  await page.locator('#call').click();
  assert.ok(await page.locator('#step-api').isHidden());
  await answer();
  await page.locator('#api-outcome:focus').waitFor();
  await until(page, 2);
  const { jti } = await claims(page, 'access-token-view');
  assert.match(await text(page, '#api-answer'), new RegExp(jti));
}));

test('a page that stays open lists the last few tokens', () => on(scene, {}, async (page) => {
  await signInByIdToken(page, scene);
  await act(page, '#exchange');
  for (let i = 0; i < 7; i += 1) await act(page, '#renew');
  assert.equal(await page.locator('#renewals tr').count(), 6);
}));
