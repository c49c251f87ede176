import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CREDENTIAL, later, pass } from './support/answers.js';
import { failure, reasonOf } from './support/failure.js';
import { watch } from './support/watched.js';

const app = watch();

test('signOut forgets the token and leaves nothing behind', async () => {
  const it = app.client();
  await it.exchange(CREDENTIAL);
  assert.equal(app.page.listeners, 2, 'one for the renewal, one for the end');
  it.signOut();
  assert.equal(it.token, undefined);
  assert.equal(app.tokens.at(-1), undefined);
  assert.equal(app.page.listeners, 0);
  await pass(3600);
  app.page.dispatchEvent(new Event('visibilitychange'));
  await pass(0);
  assert.equal(app.renewals, 0);
});

test('a renewal that ends after signOut brings no token back', async () => {
  const it = app.client();
  await it.exchange(CREDENTIAL);
  const { promise, settle } = later();
  app.answers.held = promise;
  const renewal = it.renew();
  await pass(0);
  it.signOut();
  settle();
  assert.equal(reasonOf(await renewal.catch((error: unknown) => error)), 'superseded');
  assert.equal(it.token, undefined);
});

test('a renewal that ends after another sign-in does not take its place', async () => {
  const it = app.client();
  await it.exchange(CREDENTIAL);
  const { promise, settle } = later();
  app.answers.held = promise;
  const renewal = it.renew().catch((error: unknown) => error);
  await pass(0);
  app.answers.held = undefined;
  app.answers.person = 'grace';
  const grace = await it.exchange(CREDENTIAL);
  settle();
  assert.equal(reasonOf(await renewal), 'superseded');
  assert.equal(it.token, grace);
  it.signOut();
});

test('a renewal that brings another person is refused, and the token stays until it expires', async () => {
  const it = app.client();
  const ada = await it.exchange(CREDENTIAL);
  app.answers.person = 'grace';
  await pass(480);
  assert.equal(reasonOf(app.errors.at(-1)), 'another_person');
  assert.equal(it.token, ada);
  await pass(120);
  assert.equal(app.tokens.at(-1), undefined);
  assert.equal(app.renewals, 1);
  it.signOut();
});

test('a sign-in that fails leaves the one before, which goes on being renewed', async () => {
  const it = app.client();
  const token = await it.exchange(CREDENTIAL);
  app.answers.refusal = { status: 400, reason: 'expired' };
  assert.equal(reasonOf(await it.exchange(CREDENTIAL).catch((error: unknown) => error)), 'expired');
  assert.equal(it.token, token);
  app.answers.refusal = undefined;
  await pass(480);
  assert.equal(app.renewals, 1);
  it.signOut();
});

test('a sign-in that fails in the midst of a renewal does not end renewing', async () => {
  const it = app.client();
  await it.exchange(CREDENTIAL);
  const { promise, settle } = later();
  app.answers.held = promise;
  await pass(480);
  app.answers.held = undefined;
  app.answers.refusal = { status: 400, reason: 'expired' };
  assert.equal((await failure(it.exchange(CREDENTIAL))).reason, 'expired');
  app.answers.refusal = undefined;
  settle();
  await pass(0);
  await pass(5);
  assert.equal(app.renewals, 2);
  it.signOut();
});

test('renew signs in without a token too', async () => {
  const it = app.client();
  assert.equal((await it.renew()).accessToken, it.token?.accessToken);
  it.signOut();
});
