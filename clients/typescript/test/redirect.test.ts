import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, mock, test } from 'node:test';
import { Countersign } from 'countersign';
import type { ProviderOptions, Token } from 'countersign';
import { failure } from './support/failure.js';
import { FakePage } from './support/page.js';
import { APP } from './support/provider.js';
import { startWorld } from './support/world.js';
import type { World } from './support/world.js';

const HOME = 'https://app.example.com/start';
const CALLBACK = 'https://app.example.com/callback';

let world: World;
let page: FakePage;
before(async () => { world = await startWorld(); });
after(() => world.stop());
beforeEach(() => {
  page = new FakePage(HOME);
  page.open();
});
afterEach(() => {
  mock.timers.reset();
  page.close();
  world.provider.callsItself = world.provider.nonce = world.provider.refuses = undefined;
});

/** The app as it is loaded by a page, with three providers. */
function app(more: Partial<ProviderOptions> = {}): Countersign<'acme' | 'github' | 'linkedin'> {
  const { origin } = world.provider;
  const acme = { clientId: APP.id, authorize: `${origin}/authorize`, scope: 'openid', pkce: true, nonce: true };
  return new Countersign({
    issuer: world.service.issuer,
    clientId: 'spa',
    redirectUri: CALLBACK,
    providers: {
      acme: { ...acme, issuer: origin, ...more },
      github: { clientId: APP.id },
      linkedin: { clientId: 'linkedin-app' },
    },
  });
}

/** Goes to the provider and comes back, as a person does who says yes. */
async function visit(more?: Partial<ProviderOptions>): Promise<void> {
  await app(more).signIn('acme');
  const answer = await fetch(page.wentTo ?? '', { redirect: 'manual' });
  page.address = answer.headers.get('location') ?? '';
}

/** Loads the app again, and ends its timers. */
async function finish(more?: Partial<ProviderOptions>): Promise<Token | undefined> {
  const loaded = app(more);
  try {
    return await loaded.finish();
  } finally {
    loaded.signOut();
  }
}

test('a person goes to the provider and comes back with a token', async () => {
  await visit();
  const question = page.wentTo?.searchParams;
  assert.equal(question?.get('response_type'), 'code');
  assert.equal(question?.get('redirect_uri'), CALLBACK);
  assert.equal(question?.get('code_challenge_method'), 'S256');
  assert.match(question?.get('code_challenge') ?? '', /^[\w-]{43}$/);
  assert.match(question?.get('state') ?? '', /^[\w-]{43}$/);
  assert.match(question?.get('nonce') ?? '', /^[\w-]{43}$/);
  const token = await finish();
  assert.equal(token?.lifetime, 600_000);
  assert.equal(page.address, CALLBACK, 'nothing of the answer stays in the address bar');
  assert.equal(page.storage.getItem('countersign'), null);
});

test('no two questions are alike', async () => {
  const seen = new Set<string | null>();
  for (const _ of [1, 2]) {
    await app().signIn('acme');
    for (const name of ['state', 'nonce', 'code_challenge']) seen.add(page.wentTo?.searchParams.get(name) ?? null);
  }
  assert.equal(seen.size, 6);
});

test('LinkedIn gets neither code_challenge nor nonce, GitHub no nonce', async () => {
  await app().signIn('linkedin');
  assert.equal(page.wentTo?.origin, 'https://www.linkedin.com');
  for (const name of ['code_challenge', 'code_challenge_method', 'nonce']) {
    assert.equal(page.wentTo?.searchParams.has(name), false, name);
  }
  await app().signIn('github');
  assert.equal(page.wentTo?.searchParams.has('nonce'), false);
  assert.equal(page.wentTo?.searchParams.has('code_challenge'), true);
});

test("the provider's own parameters go along, and none in place of ours", async () => {
  await app({ parameters: { access_type: 'online' } }).signIn('acme', { prompt: 'none', state: 'mine' });
  assert.equal(page.wentTo?.searchParams.get('prompt'), 'none');
  assert.equal(page.wentTo?.searchParams.get('access_type'), 'online');
  assert.notEqual(page.wentTo?.searchParams.get('state'), 'mine');
});

test('a page without an answer goes on as it is', async () => {
  page.address = `${HOME}?code=SUMMER-SALE`;
  assert.equal(await finish(), undefined);
  assert.equal(page.address, `${HOME}?code=SUMMER-SALE`);
  page.address = CALLBACK;
  assert.equal(await finish(), undefined);
});

test('an answer with another state is refused, and its code goes nowhere', async () => {
  await visit();
  const forged = new URL(page.address);
  forged.searchParams.set('state', 'of-an-attacker');
  page.address = forged.href;
  const redeemed = world.provider.askedAt('/token').length;
  assert.equal((await failure(finish())).reason, 'state_mismatch');
  assert.equal(world.provider.askedAt('/token').length, redeemed);
  assert.equal(page.address, CALLBACK);
});

test('an answer without a question is refused', async () => {
  await visit();
  page.storage.removeItem('countersign');
  assert.equal((await failure(finish())).reason, 'no_sign_in');
  page.storage.setItem('countersign', '{broken');
  page.address = `${CALLBACK}?code=c&state=s`;
  assert.equal((await failure(finish())).reason, 'no_sign_in');
});

test('an answer is taken once', async () => {
  await visit();
  const { address } = page;
  await finish();
  page.address = address;
  assert.equal((await failure(finish())).reason, 'no_sign_in');
});

test('finish may be called twice by one page', async () => {
  await visit();
  const loaded = app();
  const both = await Promise.all([loaded.finish(), loaded.finish()]);
  assert.equal(both[0], both[1]);
  loaded.signOut();
});

test('after ten minutes the answer comes too late', async () => {
  await visit();
  mock.timers.enable({ apis: ['Date'], now: Date.now() + 601_000 });
  assert.equal((await failure(finish())).reason, 'sign_in_expired');
});

test("the provider's no is typed", async () => {
  world.provider.refuses = 'access_denied';
  await visit();
  const error = await failure(finish());
  assert.equal(error.reason, 'provider_error');
  assert.equal(error.providerError, 'access_denied');
  assert.equal(error.isRetryable, false);
  assert.equal(page.address, CALLBACK);
});

test("a no with another state is not believed", async () => {
  await visit();
  page.address = `${CALLBACK}?error=access_denied&state=of-an-attacker`;
  assert.equal((await failure(finish())).reason, 'state_mismatch');
});

test('an answer from another issuer is refused', async () => {
  world.provider.callsItself = 'https://attacker.example.com';
  await visit();
  assert.equal((await failure(finish())).reason, 'issuer_mismatch');
});

test("a provider without a known issuer may not answer with another provider's", async () => {
  world.provider.callsItself = 'https://www.linkedin.com/oauth';
  const unknown = { issuer: undefined } as unknown as Partial<ProviderOptions>;
  await visit(unknown);
  assert.equal((await failure(finish(unknown))).reason, 'issuer_mismatch');
  world.provider.callsItself = 'https://somebody.example.com';
  await visit(unknown);
  assert.ok(await finish(unknown));
});

test('an ID token with another nonce than the one sent is refused', async () => {
  world.provider.nonce = 'of-another-sign-in';
  await visit();
  assert.equal((await failure(finish())).reason, 'nonce_mismatch');
});

test('a code that somebody else asked for is refused by PKCE', async () => {
  await visit();
  const stolen = new URL(page.address);
  const theirs = { redirect_uri: CALLBACK, code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM' };
  stolen.searchParams.set('code', world.provider.code(new URLSearchParams(theirs)));
  page.address = stolen.href;
  assert.equal((await failure(finish())).reason, 'provider_rejected');
});

test('a provider or a redirectUri that is not configured is a mistake of the app', async () => {
  const bare = new Countersign({ issuer: world.service.issuer, clientId: 'spa', providers: { github: { clientId: 'x' } } });
  await assert.rejects(bare.signIn('github'), TypeError);
  // @ts-expect-error: the type knows the names of the providers
  await assert.rejects(app().signIn('gihtub'), TypeError);
});
