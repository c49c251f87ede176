import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import type { Credential } from 'countersign';
import { CREDENTIAL, later, pass, settled } from './support/answers.js';
import { reasonOf } from './support/failure.js';
import { watch } from './support/watched.js';

const app = watch();

test('a token is renewed at 80 % of its lifetime, again and again', async () => {
  const it = app.client();
  const first = await it.exchange(CREDENTIAL);
  await pass(479);
  assert.equal(app.renewals, 0);
  await pass(1);
  assert.equal(app.renewals, 1);
  assert.notEqual(it.token?.accessToken, first.accessToken);
  await pass(480);
  assert.equal(app.renewals, 2);
  assert.equal(app.tokens.length, 3);
  it.signOut();
});

test('a token is renewed as many seconds ahead as the app says', async () => {
  const it = app.client({ renewBefore: 30 });
  await it.exchange(CREDENTIAL);
  await pass(569);
  assert.equal(app.renewals, 0);
  await pass(1);
  assert.equal(app.renewals, 1);
  it.signOut();
});

test('half of the lifetime is used, whatever the app says', async () => {
  const it = app.client({ renewBefore: 6000 });
  await it.exchange(CREDENTIAL);
  await pass(299);
  assert.equal(app.renewals, 0);
  await pass(1);
  assert.equal(app.renewals, 1);
  it.signOut();
});

test('jitter makes it earlier by up to a twentieth, never later', async () => {
  mock.method(Math, 'random', () => 0.999);
  const it = app.client();
  await it.exchange(CREDENTIAL);
  await pass(450);
  assert.equal(app.renewals, 0);
  await pass(1);
  assert.equal(app.renewals, 1);
  it.signOut();
});

test('however many ask, a renewal is made once', async () => {
  const it = app.client();
  await it.exchange(CREDENTIAL);
  const { promise, settle } = later();
  app.answers.held = promise;
  const all = [it.renew(), it.renew(), it.renew()];
  await pass(480);
  all.push(it.renew());
  settle();
  const got = await Promise.all(all);
  assert.equal(app.renewals, 1);
  assert.equal(app.answers.asked.length, 2);
  assert.equal(new Set(got).size, 1);
  it.signOut();
});

test('a machine that slept renews when its page is seen', async () => {
  const it = app.client();
  await it.exchange(CREDENTIAL);
  // The clock of a machine that sleeps goes on, its timers do not.
  mock.timers.setTime(Date.now() + 500_000);
  app.page.visibilityState = 'hidden';
  app.page.dispatchEvent(new Event('visibilitychange'));
  await settled();
  assert.equal(app.renewals, 0);
  app.page.visibilityState = 'visible';
  app.page.dispatchEvent(new Event('visibilitychange'));
  await settled();
  assert.equal(app.renewals, 1);
  it.signOut();
});

test('a page that is seen before it is time renews nothing', async () => {
  const it = app.client();
  await it.exchange(CREDENTIAL);
  await pass(100);
  app.page.dispatchEvent(new Event('visibilitychange'));
  await pass(0);
  assert.equal(app.renewals, 0);
  it.signOut();
});

test('a renewal that fails for the moment is tried again, later each time', async () => {
  const it = app.client();
  const first = await it.exchange(CREDENTIAL);
  app.answers.refusal = { status: 503, reason: 'provider_unreachable', retryAfter: '2' };
  await pass(480);
  assert.equal(app.renewals, 1);
  await pass(5);
  assert.equal(app.renewals, 2);
  await pass(9);
  assert.equal(app.renewals, 2);
  assert.equal(it.token, first);
  app.answers.refusal = undefined;
  await pass(1);
  assert.equal(app.renewals, 3);
  assert.notEqual(it.token, first);
  assert.equal(app.errors.length, 2);
  it.signOut();
});

test('Retry-After is heeded', async () => {
  const it = app.client();
  await it.exchange(CREDENTIAL);
  app.answers.refusal = { status: 429, reason: 'rate_limited', retryAfter: '60' };
  await pass(480);
  await pass(59);
  assert.equal(app.renewals, 1);
  await pass(1);
  assert.equal(app.renewals, 2);
  it.signOut();
});

test('a person who would have to sign in again is told so once, when the token ends', async () => {
  let asked = 0;
  const renew = async (): Promise<Credential | undefined> => {
    asked += 1;
    return undefined;
  };
  const it = app.client({ renew });
  const token = await it.exchange(CREDENTIAL);
  await pass(480);
  assert.equal(reasonOf(app.errors.at(-1)), 'not_signed_in');
  assert.equal(it.token, token);
  await pass(120);
  assert.deepEqual(app.tokens, [token, undefined]);
  await pass(3600);
  assert.equal(asked, 1);
});

test('without a way to renew, the token ends when it expires', async () => {
  const it = app.client({ renew: undefined });
  const token = await it.exchange(CREDENTIAL);
  await pass(594);
  assert.equal(it.token, token);
  await pass(1);
  assert.equal(it.token, undefined, 'a request could arrive too late');
  await pass(5);
  assert.deepEqual(app.tokens, [token, undefined]);
  assert.equal(app.page.listeners, 0);
});
