import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Countersign } from 'countersign';
import type { Credential } from 'countersign';
import { later } from './support/answers.js';
import { failure } from './support/failure.js';
import { startServer } from './support/http.js';
import type { RunningServer } from './support/http.js';
import { startWorld } from './support/world.js';
import type { World } from './support/world.js';

let world: World;
let api: RunningServer;
let other: RunningServer;
/** Tokens that the API refuses. */
const refused = new Set<string | undefined>();
let refusesAll = false;
let renewals = 0;
let held: Promise<void> | undefined;
let slow: Promise<void> | undefined;
const clients: Countersign[] = [];

before(async () => {
  world = await startWorld();
  other = await startServer(() => ({ body: 'other' }));
  api = await startServer(async ({ url, headers }) => {
    if (url.pathname === '/slow') await slow;
    if (url.pathname === '/elsewhere') return { status: 302, headers: { location: `${other.origin}/` } };
    if (refusesAll || refused.has(headers.authorization)) return { status: 401, body: 'not good' };
    return { body: { hello: 'world' } };
  });
});
after(() => Promise.all([world.stop(), api.stop(), other.stop()]));
afterEach(() => {
  clients.splice(0).forEach((it) => it.signOut());
  refused.clear();
  refusesAll = false;
  renewals = 0;
  held = undefined;
  api.asked.length = other.asked.length = 0;
});

/** An app whose API is the one of these tests, with somebody signed in. */
async function signedIn(renew?: () => Promise<Credential | undefined>): Promise<Countersign> {
  const it = new Countersign({
    issuer: world.service.issuer,
    clientId: 'spa',
    apis: [`${api.origin}/v1/`],
    renew: renew ?? (async () => {
      renewals += 1;
      await held;
      return { idToken: await world.provider.idToken() };
    }),
  });
  clients.push(it);
  await it.exchange({ idToken: await world.provider.idToken() });
  return it;
}

const bearer = (it: Countersign) => `Bearer ${it.token?.accessToken}`;
const sent = () => api.asked.map(({ headers }) => headers.authorization);

test('a listed API gets the token', async () => {
  const it = await signedIn();
  const answer = await it.fetch(`${api.origin}/v1/me`, { headers: { accept: 'application/json' } });
  assert.deepEqual(await answer.json(), { hello: 'world' });
  assert.deepEqual(sent(), [bearer(it)]);
  assert.equal(api.asked[0]?.headers.accept, 'application/json');
});

test('no other origin gets it', async () => {
  const it = await signedIn();
  await it.fetch(`${other.origin}/`);
  assert.equal(other.asked.length, 1);
  assert.equal(other.asked[0]?.headers.authorization, undefined);
});

test('the token follows no redirect', async () => {
  const it = await signedIn();
  assert.equal((await failure(it.fetch(`${api.origin}/elsewhere`))).reason, 'redirected');
  assert.equal(other.asked.length, 0);
  const seen = await it.fetch(`${api.origin}/elsewhere`, { redirect: 'manual' });
  assert.equal(seen.status, 302);
});

test('an Authorization header of the app is left alone', async () => {
  const it = await signedIn();
  await it.fetch(`${api.origin}/`, { headers: { authorization: 'Basic YTpi' } });
  assert.deepEqual(sent(), ['Basic YTpi']);
});

test('on 401 the token is renewed once and the request repeated once, with its body', async () => {
  const it = await signedIn();
  const first = bearer(it);
  refused.add(first);
  const answer = await it.fetch(`${api.origin}/notes`, { method: 'POST', body: 'a note' });
  assert.equal(answer.status, 200);
  assert.deepEqual(sent(), [first, bearer(it)]);
  assert.deepEqual(api.asked.map(({ body }) => body), ['a note', 'a note']);
  assert.equal(renewals, 1);
});

test('a Request with a body is repeated too', async () => {
  const it = await signedIn();
  refused.add(bearer(it));
  const answer = await it.fetch(new Request(`${api.origin}/notes`, { method: 'PUT', body: 'a note' }));
  assert.equal(answer.status, 200);
  assert.deepEqual(api.asked.map(({ method, body }) => `${method} ${body}`), ['PUT a note', 'PUT a note']);
});

test('an API that refuses the second token as well is not asked a third time', async () => {
  const it = await signedIn();
  refusesAll = true;
  const answer = await it.fetch(`${api.origin}/`);
  assert.equal(answer.status, 401);
  assert.equal(await answer.text(), 'not good');
  assert.equal(api.asked.length, 2);
  assert.equal(renewals, 1);
});

test('a request whose body can be read but once is not repeated', async () => {
  const it = await signedIn();
  refused.add(bearer(it));
  const body = new Blob(['a stream']).stream();
  const init = { method: 'POST', body, duplex: 'half' } as RequestInit;
  const answer = await it.fetch(`${api.origin}/`, init);
  assert.equal(answer.status, 401);
  assert.deepEqual(api.asked.map(({ body }) => body), ['a stream']);
  assert.equal(renewals, 0);
});

test('requests that are refused together renew once', async () => {
  const it = await signedIn();
  refused.add(bearer(it));
  const answers = await Promise.all([1, 2, 3, 4].map(() => it.fetch(`${api.origin}/`)));
  assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200, 200]);
  assert.equal(renewals, 1);
});

test('a refusal that comes after the renewal does not renew again', async () => {
  const it = await signedIn();
  refused.add(bearer(it));
  const { promise, settle } = later();
  slow = promise;
  const late = it.fetch(`${api.origin}/slow`);
  await it.fetch(`${api.origin}/`);
  settle();
  assert.equal((await late).status, 200);
  assert.equal(renewals, 1);
});

test('signOut leaves no timer', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const it = await signedIn();
  const before = timers();
  it.signOut();
  assert.equal(timers(), before - 2, 'of the renewal, of the end');
});

test('the 401 is what the app gets when the token cannot be renewed', async () => {
  const it = await signedIn(async () => undefined);
  refused.add(bearer(it));
  const answer = await it.fetch(`${api.origin}/`);
  assert.equal(answer.status, 401);
  assert.equal(api.asked.length, 1);
});

test('a request waits for the sign-in that is under way', async () => {
  const it = await signedIn();
  it.signOut();
  const signIn = it.exchange({ idToken: await world.provider.idToken() });
  const answer = await it.fetch(`${api.origin}/`);
  assert.equal(answer.status, 200);
  assert.equal(bearer(it), `Bearer ${(await signIn).accessToken}`);
});

test('a request waits for the renewal under way when the token has expired', async (context) => {
  const it = await signedIn();
  const { promise, settle } = later();
  held = promise;
  const renewal = it.renew();
  await it.fetch(`${api.origin}/`);
  assert.equal(api.asked.length, 1, 'a token that is good serves meanwhile');
  context.mock.timers.enable({ apis: ['Date'], now: Date.now() + 600_000 });
  const waiting = it.fetch(`${api.origin}/`);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(api.asked.length, 1);
  context.mock.timers.reset();
  settle();
  assert.equal((await waiting).status, 200);
  assert.equal(sent()[1], `Bearer ${(await renewal).accessToken}`);
  assert.equal(renewals, 1);
});

test('an expired token is renewed before the request', async (context) => {
  const next = { idToken: await world.provider.idToken() };
  const it = await signedIn(async () => next);
  const first = bearer(it);
  context.mock.timers.enable({ apis: ['Date'], now: Date.now() + 600_000 });
  await it.fetch(`${api.origin}/`);
  context.mock.timers.reset();
  assert.equal(api.asked.length, 1);
  assert.notEqual(sent()[0], first);
});

test('who signed out is not signed in again by a request', async () => {
  const it = await signedIn();
  it.signOut();
  assert.equal((await failure(it.fetch(`${api.origin}/`))).reason, 'not_signed_in');
  assert.equal(renewals, 0);
  assert.equal(api.asked.length, 0);
});
