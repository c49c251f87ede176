import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { Countersign } from 'countersign';
import type { Options, Token } from 'countersign';
import { failure } from './support/failure.js';
import { FakePage } from './support/page.js';
import { APP } from './support/provider.js';
import { startWorld } from './support/world.js';
import type { World } from './support/world.js';

// Providers, and apps of one origin, are kept apart by where an answer comes and by whose sign-in it is.

const ORIGIN = 'https://app.example.com';
const CALLBACK = `${ORIGIN}/callback`;
const OF_ACME = `${CALLBACK}/acme`;

let world: World;
let page: FakePage;
before(async () => { world = await startWorld(); });
after(() => world.stop());
beforeEach(() => {
  page = new FakePage(`${ORIGIN}/`);
  page.open();
  world.provider.callsItself = '';
});
afterEach(() => {
  page.close();
  world.provider.callsItself = undefined;
});

/** Signs in by providers that send no `iss`. */
function app(ofAcme: string | undefined, more: Partial<Options<never>> = {}): Countersign<'acme' | 'other'> {
  const row = { authorize: `${world.provider.origin}/authorize`, scope: 'openid', pkce: true, nonce: true };
  return new Countersign({
    issuer: world.service.issuer,
    clientId: 'spa',
    redirectUri: CALLBACK,
    ...more,
    providers: {
      acme: { clientId: APP.id, ...row, ...(ofAcme !== undefined && { redirectUri: ofAcme }) },
      other: { clientId: APP.id, ...row },
    },
  });
}

/** Goes to the provider and comes back. */
async function visit(it: Countersign<'acme' | 'other'>, provider: 'acme' | 'other' = 'acme'): Promise<void> {
  await it.signIn(provider);
  const answer = await fetch(page.wentTo ?? '', { redirect: 'manual' });
  page.address = answer.headers.get('location') ?? '';
}

async function finish(it: Countersign<'acme' | 'other'>): Promise<Token | undefined> {
  try {
    return await it.finish();
  } finally {
    it.signOut();
  }
}

/** Sends the answer to another redirect URI than the one that was asked for. */
function comesTo(redirectUri: string): void {
  const there = new URL(redirectUri);
  const answer = new URL(page.address).searchParams;
  for (const [name, value] of answer) if (name !== 'of') there.searchParams.set(name, value);
  page.address = there.href;
}

for (const ofAcme of [OF_ACME, `${CALLBACK}?of=acme`]) {
  test(`a provider sends people back to a redirect URI of its own: ${ofAcme}`, async () => {
    await visit(app(ofAcme));
    assert.equal(page.wentTo?.searchParams.get('redirect_uri'), ofAcme);
    assert.ok(page.address.startsWith(ofAcme));
    assert.ok(await finish(app(ofAcme)), 'the service gets the same redirect URI');
    assert.equal(page.address, ofAcme);
  });

  test(`an answer that comes to another provider's redirect URI is refused: ${ofAcme}`, async () => {
    const redeemed = world.provider.askedAt('/token').length;
    await visit(app(ofAcme), 'other');
    comesTo(ofAcme);
    assert.equal((await failure(finish(app(ofAcme)))).reason, 'issuer_mismatch');
    assert.equal(page.address, ofAcme);
    await visit(app(ofAcme));
    comesTo(CALLBACK);
    assert.equal((await failure(finish(app(ofAcme)))).reason, 'issuer_mismatch');
    assert.equal(world.provider.askedAt('/token').length, redeemed, 'and its code goes nowhere');
  });
}

test('a provider with a redirect URI of its own needs no other', async () => {
  const own = { clientId: APP.id, redirectUri: OF_ACME };
  const it = new Countersign({ issuer: world.service.issuer, clientId: 'spa', providers: { github: own } });
  await it.signIn('github');
  assert.equal(page.wentTo?.searchParams.get('redirect_uri'), OF_ACME);
});

test('an app leaves the sign-in of another one of its origin alone', async () => {
  const different: Partial<Options<never>>[] = [
    { issuer: 'https://id.example.org' },
    { clientId: 'brief' },
    { audience: ['https://files.example.com'] },
    { scope: 'read' },
    { redirectUri: `${ORIGIN}/elsewhere` },
  ];
  for (const difference of different) {
    await visit(app(OF_ACME));
    const { address } = page;
    assert.equal(await finish(app(OF_ACME, difference)), undefined, JSON.stringify(difference));
    assert.equal(page.address, address);
    assert.ok(await finish(app(OF_ACME)), 'whose it is finishes it');
  }
});

test('what is not a sign-in is none', async () => {
  await visit(app(undefined));
  const { address } = page;
  const good = JSON.parse(page.storage.getItem('countersign') ?? '') as Record<string, unknown>;
  const bad: Record<string, unknown>[] = [
    { owner: undefined }, { provider: 7 }, { redirectUri: null }, { state: '' },
    { codeVerifier: 7 }, { nonce: {} }, { began: undefined }, { began: 'long ago' },
  ];
  for (const part of bad) {
    page.address = address;
    page.storage.setItem('countersign', JSON.stringify({ ...good, ...part }));
    assert.equal((await failure(finish(app(undefined)))).reason, 'no_sign_in', JSON.stringify(part));
  }
  page.address = address;
  page.storage.setItem('countersign', JSON.stringify(good));
  assert.ok(await finish(app(undefined)));
});
