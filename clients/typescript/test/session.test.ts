import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { Countersign, CountersignError } from 'countersign';
import type { Credential, Token } from 'countersign';
import type { SessionOptions } from '../src/session.js';
import { Answers, CREDENTIAL, later, pass } from './support/answers.js';
import { FakePage } from './support/page.js';

let answers: Answers;
let page: FakePage;
/** How often `renew` was called. */
let renewals: number;
/** What `onToken` and `onError` were told. */
let tokens: (Token | undefined)[];
let errors: unknown[];

beforeEach(() => {
  page = new FakePage('https://app.example.com/');
  page.open();
  answers = Answers.start();
  renewals = 0;
  tokens = [];
  errors = [];
});
afterEach(() => {
  answers.stop();
  page.close();
});

function client(more: SessionOptions = {}): Countersign {
  return new Countersign({
    issuer: 'https://id.example.com',
    clientId: 'spa',
    renew: async () => {
      renewals += 1;
      return CREDENTIAL;
    },
    onToken: (token) => tokens.push(token),
    onError: (error) => errors.push(error),
    ...more,
  });
}

function reasonOf(error: unknown): string {
  assert.ok(error instanceof CountersignError, String(error));
  return error.reason;
}

test('a token is renewed at 80 % of its lifetime, again and again', async () => {
  const it = client();
  const first = await it.exchange(CREDENTIAL);
  await pass(479);
  assert.equal(renewals, 0);
  await pass(1);
  assert.equal(renewals, 1);
  assert.notEqual(it.token?.accessToken, first.accessToken);
  await pass(480);
  assert.equal(renewals, 2);
  assert.equal(tokens.length, 3);
  it.signOut();
});

test('a token is renewed as many seconds ahead as the app says', async () => {
  const it = client({ renewBefore: 30 });
  await it.exchange(CREDENTIAL);
  await pass(569);
  assert.equal(renewals, 0);
  await pass(1);
  assert.equal(renewals, 1);
  it.signOut();
});

test('half of the lifetime is used, whatever the app says', async () => {
  const it = client({ renewBefore: 6000 });
  await it.exchange(CREDENTIAL);
  await pass(299);
  assert.equal(renewals, 0);
  await pass(1);
  assert.equal(renewals, 1);
  it.signOut();
});

test('jitter makes it earlier by up to a twentieth, never later', async () => {
  mock.method(Math, 'random', () => 0.999);
  const it = client();
  await it.exchange(CREDENTIAL);
  await pass(450);
  assert.equal(renewals, 0);
  await pass(1);
  assert.equal(renewals, 1);
  it.signOut();
});

test('however many ask, a renewal is made once', async () => {
  const it = client();
  await it.exchange(CREDENTIAL);
  const { promise, settle } = later();
  answers.held = promise;
  const all = [it.renew(), it.renew(), it.renew()];
  await pass(480);
  all.push(it.renew());
  settle();
  const got = await Promise.all(all);
  assert.equal(renewals, 1);
  assert.equal(answers.asked.length, 2);
  assert.equal(new Set(got).size, 1);
  it.signOut();
});

test('a machine that slept renews when its page is seen', async () => {
  const it = client();
  await it.exchange(CREDENTIAL);
  // The clock of a machine that sleeps goes on, its timers do not.
  mock.timers.setTime(Date.now() + 500_000);
  page.visibilityState = 'hidden';
  page.dispatchEvent(new Event('visibilitychange'));
  await pass(0);
  assert.equal(renewals, 0);
  page.visibilityState = 'visible';
  page.dispatchEvent(new Event('visibilitychange'));
  await pass(0);
  assert.equal(renewals, 1);
  it.signOut();
});

test('a page that is seen before it is time renews nothing', async () => {
  const it = client();
  await it.exchange(CREDENTIAL);
  await pass(100);
  page.dispatchEvent(new Event('visibilitychange'));
  await pass(0);
  assert.equal(renewals, 0);
  it.signOut();
});

test('signOut forgets the token and leaves nothing behind', async () => {
  const it = client();
  await it.exchange(CREDENTIAL);
  assert.equal(page.listeners, 1);
  it.signOut();
  assert.equal(it.token, undefined);
  assert.equal(tokens.at(-1), undefined);
  assert.equal(page.listeners, 0);
  await pass(3600);
  page.dispatchEvent(new Event('visibilitychange'));
  await pass(0);
  assert.equal(renewals, 0);
});

test('a renewal that ends after signOut brings no token back', async () => {
  const it = client();
  await it.exchange(CREDENTIAL);
  const { promise, settle } = later();
  answers.held = promise;
  const renewal = it.renew();
  await pass(0);
  it.signOut();
  settle();
  assert.equal(reasonOf(await renewal.catch((error: unknown) => error)), 'superseded');
  assert.equal(it.token, undefined);
});

test('a renewal that ends after another sign-in does not take its place', async () => {
  const it = client();
  await it.exchange(CREDENTIAL);
  const { promise, settle } = later();
  answers.held = promise;
  const renewal = it.renew().catch((error: unknown) => error);
  await pass(0);
  answers.held = undefined;
  answers.person = 'grace';
  const grace = await it.exchange(CREDENTIAL);
  settle();
  assert.equal(reasonOf(await renewal), 'superseded');
  assert.equal(it.token, grace);
  it.signOut();
});

test('a renewal that brings another person is refused, and the token stays until it expires', async () => {
  const it = client();
  const ada = await it.exchange(CREDENTIAL);
  answers.person = 'grace';
  await pass(480);
  assert.equal(reasonOf(errors.at(-1)), 'another_person');
  assert.equal(it.token, ada);
  await pass(120);
  assert.equal(tokens.at(-1), undefined);
  assert.equal(renewals, 1);
  it.signOut();
});

test('a renewal that fails for the moment is tried again, later each time', async () => {
  const it = client();
  const first = await it.exchange(CREDENTIAL);
  answers.refusal = { status: 503, reason: 'provider_unreachable', retryAfter: '2' };
  await pass(480);
  assert.equal(renewals, 1);
  await pass(5);
  assert.equal(renewals, 2);
  await pass(9);
  assert.equal(renewals, 2);
  assert.equal(it.token, first);
  answers.refusal = undefined;
  await pass(1);
  assert.equal(renewals, 3);
  assert.notEqual(it.token, first);
  assert.equal(errors.length, 2);
  it.signOut();
});

test('Retry-After is heeded', async () => {
  const it = client();
  await it.exchange(CREDENTIAL);
  answers.refusal = { status: 429, reason: 'rate_limited', retryAfter: '60' };
  await pass(480);
  await pass(59);
  assert.equal(renewals, 1);
  await pass(1);
  assert.equal(renewals, 2);
  it.signOut();
});

test('a person who would have to sign in again is told so once, when the token ends', async () => {
  let asked = 0;
  const renew = async (): Promise<Credential | undefined> => {
    asked += 1;
    return undefined;
  };
  const it = client({ renew });
  const token = await it.exchange(CREDENTIAL);
  await pass(480);
  assert.equal(reasonOf(errors.at(-1)), 'not_signed_in');
  assert.equal(it.token, token);
  await pass(120);
  assert.deepEqual(tokens, [token, undefined]);
  await pass(3600);
  assert.equal(asked, 1);
});

test('without a way to renew, the token ends when it expires', async () => {
  const it = new Countersign({ issuer: 'https://id.example.com', clientId: 'spa', onToken: (token) => tokens.push(token) });
  const token = await it.exchange(CREDENTIAL);
  await pass(594);
  assert.equal(it.token, token);
  await pass(1);
  assert.equal(it.token, undefined, 'a request could arrive too late');
  await pass(5);
  assert.deepEqual(tokens, [token, undefined]);
  assert.equal(page.listeners, 0);
});

test('a sign-in that fails leaves the one before, which goes on being renewed', async () => {
  const it = client();
  const token = await it.exchange(CREDENTIAL);
  answers.refusal = { status: 400, reason: 'expired' };
  assert.equal(reasonOf(await it.exchange(CREDENTIAL).catch((error: unknown) => error)), 'expired');
  assert.equal(it.token, token);
  answers.refusal = undefined;
  await pass(480);
  assert.equal(renewals, 1);
  it.signOut();
});

test('renew signs in without a token too', async () => {
  const it = client();
  assert.equal((await it.renew()).accessToken, it.token?.accessToken);
  it.signOut();
});

test('tokens stay in memory unless there is a store, and come back from it', async () => {
  const plain = client();
  await plain.exchange(CREDENTIAL);
  assert.equal(page.storage.getItem('countersign.token'), null);
  plain.signOut();
  const kept = client({ store: page.storage });
  const token = await kept.exchange(CREDENTIAL);
  const loaded = client({ store: page.storage });
  assert.deepEqual(loaded.token, token);
  await pass(480);
  assert.equal(renewals, 2, 'both pages renew');
  kept.signOut();
  loaded.signOut();
  assert.equal(page.storage.getItem('countersign.token'), null);
  page.storage.setItem('countersign.token', JSON.stringify({ ...token, expiresAt: Date.now() }));
  assert.equal(client({ store: page.storage }).token, undefined);
});
