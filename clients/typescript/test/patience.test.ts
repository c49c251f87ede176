import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import type { Credential } from 'countersign';
import { API, CREDENTIAL, later, pass } from './support/answers.js';
import { failure, reasonOf } from './support/failure.js';
import { watch } from './support/watched.js';

const app = watch();

/** A `renew` that brings nothing until it is let. */
function hanging(): { renew: () => Promise<Credential>; settle: () => void } {
  const { promise, settle } = later();
  const renew = async () => {
    app.renewals += 1;
    await promise;
    return CREDENTIAL;
  };
  return { renew, settle };
}

test('a renewal that never settles ends with the token, and everybody is told', async () => {
  const { renew, settle } = hanging();
  const it = app.client({ renew });
  const token = await it.exchange(CREDENTIAL);
  await pass(480);
  const waiting = failure(it.renew());
  await pass(119);
  assert.equal(app.tokens.length, 1, 'the token in hand is good');
  await pass(1);
  assert.equal((await waiting).reason, 'not_signed_in');
  assert.deepEqual(app.tokens, [token, undefined]);
  assert.deepEqual(app.errors.map(reasonOf), ['not_signed_in']);
  settle();
  await pass(3600);
  assert.equal(it.token, undefined, 'what it brings later is ignored');
  assert.equal(app.answers.asked.length, 1);
  assert.equal(app.page.listeners, 0);
  assert.equal((await failure(it.fetch(API))).reason, 'not_signed_in');
});

test('with no good token in hand a renewal has a minute', async () => {
  const { renew } = hanging();
  const it = app.client({ renew });
  await it.exchange(CREDENTIAL);
  mock.timers.setTime(Date.now() + 3_600_000);
  const call = failure(it.fetch(API));
  await pass(0);
  await pass(59);
  assert.equal(app.errors.length, 0);
  await pass(1);
  assert.equal((await call).reason, 'not_signed_in');
  assert.deepEqual(app.errors.map(reasonOf), ['not_signed_in']);
  assert.equal(app.tokens.at(-1), undefined);
});

test('a sign-in without the person that never settles is refused to who asked, and to nobody else', async () => {
  const it = app.client(hanging());
  const asked = failure(it.renew());
  await pass(60);
  assert.equal((await asked).reason, 'not_signed_in');
  assert.deepEqual([app.tokens, app.errors], [[], []]);
});

test('signOut lets those go who wait for a renewal, and leaves nothing behind', async () => {
  const it = app.client(hanging());
  await it.exchange(CREDENTIAL);
  const asked = failure(it.renew());
  it.signOut();
  assert.equal((await asked).reason, 'superseded');
  await pass(0);
  assert.equal(app.page.listeners, 0);
});

test('a call whose token was refused waits a minute for another, while the token may live longer', async () => {
  const it = app.client(hanging());
  const token = await it.exchange(CREDENTIAL);
  app.answers.api = 401;
  const call = it.fetch(API);
  await pass(0);
  await pass(60);
  assert.equal((await call).status, 401);
  assert.equal(it.token, token, 'other APIs may take it');
  it.signOut();
});

test('the app is told of the end while the service does not answer a renewal', async () => {
  const it = app.client({ renewBefore: 10 });
  const token = await it.exchange(CREDENTIAL);
  const { promise, settle } = later();
  app.answers.held = promise;
  await pass(590);
  await pass(10);
  assert.deepEqual(app.tokens, [token, undefined]);
  settle();
  await pass(0);
  assert.deepEqual(app.tokens, [token, undefined, it.token], 'its answer still counts');
  it.signOut();
});

test('the app is told of the end while a renewal that failed waits for its next turn', async () => {
  const it = app.client();
  const token = await it.exchange(CREDENTIAL);
  app.answers.refusal = { status: 429, reason: 'rate_limited', retryAfter: '200' };
  await pass(480);
  app.answers.refusal = undefined;
  await pass(120);
  assert.deepEqual(app.tokens, [token, undefined]);
  await pass(80);
  assert.equal(app.tokens.at(-1), it.token);
  assert.equal(app.tokens.length, 3);
  it.signOut();
});

test('after a long sleep the app hears of the new token alone', async () => {
  const it = app.client();
  const token = await it.exchange(CREDENTIAL);
  mock.timers.setTime(Date.now() + 3_600_000);
  app.page.dispatchEvent(new Event('visibilitychange'));
  await pass(1);
  assert.deepEqual(app.tokens, [token, it.token]);
  it.signOut();
});

test('after a long sleep the end is told when renewing fails, and renewing goes on', async () => {
  const it = app.client();
  const token = await it.exchange(CREDENTIAL);
  app.answers.refusal = { status: 503, reason: 'provider_unreachable' };
  mock.timers.setTime(Date.now() + 3_600_000);
  app.page.dispatchEvent(new Event('visibilitychange'));
  await pass(1);
  assert.deepEqual(app.tokens, [token, undefined]);
  app.answers.refusal = undefined;
  await pass(5);
  assert.equal(app.tokens.length, 3);
  it.signOut();
});

test('a renewal that began in time and ends late is of the same person all the same', async () => {
  const { renew, settle } = hanging();
  const it = app.client({ renew, renewBefore: 4 });
  const token = await it.exchange(CREDENTIAL);
  await pass(596);
  await pass(10);
  assert.deepEqual(app.tokens, [token, undefined]);
  app.answers.person = 'grace';
  settle();
  await pass(0);
  assert.deepEqual(app.errors.map(reasonOf), ['another_person']);
  assert.equal(it.token, undefined);
  it.signOut();
});
