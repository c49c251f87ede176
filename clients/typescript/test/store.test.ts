import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Countersign } from 'countersign';
import type { Options, Token } from 'countersign';
import { CREDENTIAL, pass, settled } from './support/answers.js';
import { watch } from './support/watched.js';

const app = watch();
const KEY = 'countersign.token:["https://id.example.com","spa",null,null]';

test('tokens stay in memory unless there is a store, and come back from it', async () => {
  const plain = app.client();
  await plain.exchange(CREDENTIAL);
  assert.deepEqual(app.page.kept, []);
  plain.signOut();
  const kept = app.client({ store: app.page.storage });
  const token = await kept.exchange(CREDENTIAL);
  assert.deepEqual(app.page.kept, [KEY]);
  const loaded = app.client({ store: app.page.storage });
  assert.deepEqual(loaded.token, token);
  await pass(480);
  assert.equal(app.renewals, 2, 'both pages renew');
  kept.signOut();
  loaded.signOut();
  assert.deepEqual(app.page.kept, []);
});

test('a token that ends is taken out of the store', async () => {
  const it = app.client({ store: app.page.storage, renew: undefined });
  await it.exchange(CREDENTIAL);
  await pass(600);
  assert.deepEqual(app.page.kept, []);
});

test('each app of an origin finds its own token alone, and takes away no other', async () => {
  const one: Options<never> = { issuer: 'https://id.example.com', clientId: 'spa', store: app.page.storage };
  const first = new Countersign(one);
  const token = await first.exchange(CREDENTIAL);
  const different = [
    { issuer: 'https://id.example.org' },
    { clientId: 'admin' },
    { audience: ['https://api.example.com'] },
    { scope: 'read' },
  ];
  for (const difference of different) {
    const other = new Countersign({ ...one, ...difference });
    assert.equal(other.token, undefined, JSON.stringify(difference));
    await other.exchange(CREDENTIAL);
    other.signOut();
  }
  const again = new Countersign(one);
  assert.deepEqual(again.token, token);
  first.signOut();
  again.signOut();
});

test('what is not a token is none, nor one that has expired or lives longer than it may', async () => {
  const good: Token = { accessToken: 'a.b.c', expiresAt: Date.now() + 60_000, lifetime: 600_000 };
  const restored = (kept: unknown) => {
    app.page.storage.setItem(KEY, typeof kept === 'string' ? kept : JSON.stringify(kept));
    const it = app.client({ store: app.page.storage, renew: undefined });
    const { token } = it;
    it.signOut();
    return token;
  };
  assert.deepEqual(restored(good), good);
  assert.deepEqual(restored({ ...good, scope: 'read' }), { ...good, scope: 'read' });
  const bad = [
    '{broken', 'null', '"text"', [],
    { ...good, accessToken: undefined }, { ...good, accessToken: 7 }, { ...good, accessToken: '' },
    { ...good, expiresAt: String(good.expiresAt) }, { ...good, lifetime: undefined }, { ...good, lifetime: '600' },
    { ...good, scope: 7 },
    { ...good, expiresAt: Date.now() },
    { ...good, expiresAt: Date.now() + 600_001 },
  ];
  for (const kept of bad) assert.equal(restored(kept), undefined, JSON.stringify(kept));
  await settled();
  assert.deepEqual(app.tokens, [], 'and the app is told of none that ended before it could know');
});

test('the app is told of a kept token after it has what it constructs', async () => {
  const before = app.client({ store: app.page.storage });
  await before.exchange(CREDENTIAL);
  const seen: unknown[] = [];
  const loaded: Countersign = app.client({
    store: app.page.storage,
    onToken: (token) => seen.push(token === loaded.token),
  });
  assert.deepEqual(seen, [], 'not while it is constructed');
  await settled();
  assert.deepEqual(seen, [true]);
  before.signOut();
  loaded.signOut();
});
