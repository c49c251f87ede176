import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { exchange } from 'countersign';
import type { Credential, Reason, Service } from 'countersign';
import { personOf } from '../src/token.js';
import { failure } from './support/failure.js';
import { startServer } from './support/http.js';
import { startService } from './support/service.js';
import { AUDIENCE, startStranger, startWorld } from './support/world.js';
import type { World } from './support/world.js';

let world: World;
let spa: Service;
before(async () => {
  world = await startWorld();
  spa = { issuer: world.service.issuer, clientId: 'spa' };
});
after(() => world.stop());

function claims(jwt: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
}

test('an ID token is exchanged, and its issuer picks the provider', async () => {
  const answer = await exchange(spa, { idToken: await world.provider.idToken() });
  assert.equal(answer.token_type, 'Bearer');
  assert.equal(answer.expires_in, 600);
  assert.equal(answer.issued_token_type, 'urn:ietf:params:oauth:token-type:access_token');
  assert.equal(claims(answer.access_token)['idp'], 'acme');
  assert.equal(personOf(answer.access_token), claims(answer.access_token)['sub']);
});

test('audience and scope are asked for', async () => {
  const idToken = await world.provider.idToken();
  const narrow = { ...spa, audience: [AUDIENCE], scope: 'read' };
  const { access_token } = await exchange(narrow, { idToken });
  assert.equal(claims(access_token)['aud'], AUDIENCE);
  assert.equal(claims(access_token)['scope'], 'read');
});

test('an access token is exchanged', async () => {
  const answer = await exchange(spa, { accessToken: 'gho_of_octocat', provider: 'github' });
  assert.equal(claims(answer.access_token)['idp'], 'github');
  const asked = world.provider.askedAt('/applications/app/token').at(-1);
  assert.match(asked?.body ?? '', /gho_of_octocat/);
});

test('a code is redeemed with its verifier and nonce', async () => {
  const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
  const redirectUri = 'https://app.example.com/callback';
  const question = { redirect_uri: redirectUri, code_challenge: challenge, nonce: 'n-0S6' };
  const code = world.provider.code(new URLSearchParams(question));
  // The pair of RFC 7636, appendix B.
  const codeVerifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
  const answer = await exchange(spa, { code, provider: 'acme', redirectUri, codeVerifier, nonce: 'n-0S6' });
  assert.equal(claims(answer.access_token)['idp_binding'], 'code');
});

const now = () => Math.floor(Date.now() / 1000);
const redirectUri = 'https://app.example.com/callback';
const idTokenWith = async (changed: Record<string, unknown>, more: object = {}) => ({
  idToken: await world.provider.idToken(changed),
  ...more,
});

const refusals: [Reason, number, () => Promise<Credential>, Partial<Service>?][] = [
  ['wrong_audience', 400, () => idTokenWith({ aud: 'other-app' })],
  ['expired', 400, () => idTokenWith({ exp: now() - 3600, iat: now() - 7200 })],
  ['nonce_mismatch', 400, () => idTokenWith({ nonce: 'one' }, { nonce: 'another' })],
  ['unknown_provider', 400, () => idTokenWith({}, { provider: 'nobody' })],
  ['wrong_issuer', 400, () => idTokenWith({}, { provider: 'google' })],
  ['malformed', 400, async () => ({ idToken: 'not.a.token', provider: 'acme' })],
  ['unknown_client', 401, () => idTokenWith({}), { clientId: 'stranger' }],
  ['invalid_scope', 400, () => idTokenWith({}), { scope: 'admin' }],
  ['invalid_target', 400, () => idTokenWith({}), { audience: ['https://other.example.com'] }],
  ['unbound_access_token', 400, async () => ({ accessToken: 'opaque', provider: 'acme' })],
  ['provider_rejected', 400, async () => ({ code: 'spent', provider: 'acme', redirectUri })],
  ['redirect_uri_not_allowed', 400, async () => ({ code: 'c', provider: 'acme', redirectUri: 'https://a.example' })],
];
for (const [reason, status, credential, other] of refusals) {
  test(`the service's ${reason} is typed`, async () => {
    const error = await failure(exchange({ ...spa, ...other }, await credential()));
    assert.equal(error.reason, reason, error.message);
    assert.equal(error.status, status);
    assert.equal(error.isRetryable, false);
    assert.match(error.requestId ?? '', /./);
    assert.match(error.oauthError ?? '', /^(invalid|unauthorized)_/);
    assert.notEqual(error.message, '');
  });
}

test('a provider that is away is worth another try, and the service says when', async () => {
  const error = await failure(exchange(spa, { code: 'c', provider: 'away', redirectUri }));
  assert.equal(error.reason, 'provider_unreachable');
  assert.equal(error.status, 503);
  assert.equal(error.oauthError, 'temporarily_unavailable');
  assert.ok((error.retryAfter ?? 0) > 0);
  assert.equal(error.isRetryable, true);
});

test('a rate limit is typed, with its seconds', async () => {
  const client = '[[clients]]\nid = "spa"\naudience = ["https://api.example.com"]';
  const provider = `[providers.acme]\nkind = "oidc"\nissuer = "${world.provider.origin}"\nclient_ids = ["app"]`;
  const strict = await startService(`limits.requests_per_minute = 1\n${client}\n${provider}`);
  try {
    const service = { issuer: strict.issuer, clientId: 'spa' };
    const idToken = await world.provider.idToken();
    await exchange(service, { idToken });
    const error = await failure(exchange(service, { idToken }));
    assert.equal(error.reason, 'rate_limited');
    assert.equal(error.status, 429);
    assert.ok((error.retryAfter ?? 0) > 0);
    assert.equal(error.isRetryable, true);
  } finally {
    strict.stop();
  }
});

test('no answer is typed', async () => {
  const error = await failure(exchange({ issuer: 'http://127.0.0.1:9', clientId: 'spa' }, { idToken: 'x' }));
  assert.equal(error.reason, 'network');
  assert.equal(error.status, undefined);
  assert.ok(error.cause instanceof Error);
  assert.equal(error.isRetryable, true);
});

test("a proxy's error page is typed", async () => {
  const stranger = await startStranger(502);
  try {
    const error = await failure(exchange({ issuer: stranger.origin, clientId: 'spa' }, { idToken: 'x' }));
    assert.equal(error.reason, 'unreadable_answer');
    assert.equal(error.status, 502);
    assert.equal(error.retryAfter, undefined);
    assert.equal(error.isRetryable, true);
  } finally {
    await stranger.stop();
  }
});

test('a credential is not sent on to where a redirect points', async () => {
  const other = await startServer(() => ({ body: { access_token: 'x' } }));
  const moved = await startServer(() => ({ status: 307, headers: { location: `${other.origin}/token` } }));
  try {
    const error = await failure(exchange({ issuer: moved.origin, clientId: 'spa' }, { idToken: 'x' }));
    assert.equal(error.reason, 'network');
    assert.equal(other.asked.length, 0);
  } finally {
    await Promise.all([other.stop(), moved.stop()]);
  }
});
