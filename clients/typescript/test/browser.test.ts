import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import type { BrowserContext, Page } from 'playwright-core';
import { CHROMIUM, keptBy, snippet, startApi, startApp, startChromium } from './support/browser.js';
import type { RunningServer } from './support/http.js';
import { APP } from './support/provider.js';
import { startWorld } from './support/world.js';
import type { World } from './support/world.js';

const skip = CHROMIUM === '' && 'there is no Chromium';

let world: World;
let app: RunningServer;
let api: RunningServer;
let chromium: BrowserContext;
let page: Page;
let script = '';

before(async () => {
  if (skip) return;
  app = await startApp(() => script);
  world = await startWorld([app.origin]);
  api = await startApi(() => world.service.issuer);
  chromium = await startChromium();
});
after(async () => {
  if (skip) return;
  await chromium.close();
  await Promise.all([world.stop(), app.stop(), api.stop()]);
});
beforeEach(async () => {
  if (skip) return;
  script = '';
  api.asked.length = 0;
  page = await chromium.newPage();
});
afterEach(async () => {
  if (skip) return;
  world.provider.refuses = undefined;
  await page.close();
});

/** An app that signs in at the fake provider, and shows how it went. */
function appAtAcme(): string {
  const { origin } = world.provider;
  const row = `authorize: '${origin}/authorize', issuer: '${origin}', scope: 'openid', pkce: true, nonce: true`;
  return `
    import { Countersign } from 'countersign';
    const countersign = new Countersign({
      issuer: '${world.service.issuer}', clientId: 'spa', redirectUri: location.origin + '/callback',
      providers: { acme: { clientId: '${APP.id}', ${row} } }, apis: ['${api.origin}'],
      renew: async () => ({ idToken: await (await fetch('/id-token')).text() }),
    });
    window.countersign = countersign;
    document.getElementById('sign-in').onclick = () => countersign.signIn('acme');
    const show = (text) => { document.getElementById('hello').textContent = text; };
    countersign.finish().then(
      (token) => show(token ? 'signed in' : 'welcome'),
      (error) => show([error.name, error.reason, error.providerError].join(' ')));`;
}

async function readsHello(expected: string): Promise<void> {
  await page.waitForFunction((text) => document.getElementById('hello')?.textContent === text, expected);
}

test('sign-in with GitHub in fifteen lines, as the README has them', { skip }, async () => {
  const block = await snippet("signIn('github')");
  assert.ok(block.trimEnd().split('\n').length <= 15, block);
  script = block
    .replaceAll('https://id.example.com', world.service.issuer)
    .replaceAll('https://app.example.com', app.origin)
    .replaceAll('https://api.example.com', api.origin)
    .replaceAll('Iv1.0123456789abcdef', APP.id);
  await page.route('https://github.com/login/oauth/authorize?*', async (route) => {
    const question = new URL(route.request().url()).searchParams;
    assert.equal(question.get('scope'), 'read:user user:email');
    const answer = { code: world.provider.code(question), state: question.get('state') ?? '' };
    const location = `${question.get('redirect_uri')}?${new URLSearchParams(answer)}`;
    await route.fulfill({ status: 302, headers: { location } });
  });
  await page.goto(`${app.origin}/`);
  await page.click('#sign-in');
  await readsHello('Hello The Octocat');
  assert.equal(page.url(), `${app.origin}/callback`);
  assert.equal(world.provider.askedAt('/user/emails').length, 1);
});

test('a page goes to a provider and back, and keeps nothing', { skip }, async () => {
  script = appAtAcme();
  await page.goto(`${app.origin}/`);
  await readsHello('welcome');
  await page.click('#sign-in');
  await readsHello('signed in');
  assert.equal(page.url(), `${app.origin}/callback`);
  assert.equal(await keptBy(page), '[{},{},""]');
  await page.goBack();
  await page.reload();
  await readsHello('welcome');
});

test("the provider's no reaches the page, typed", { skip }, async () => {
  world.provider.refuses = 'access_denied';
  script = appAtAcme();
  await page.goto(`${app.origin}/`);
  await page.click('#sign-in');
  await readsHello('CountersignError provider_error access_denied');
});

test('an answer that another page asked for is refused', { skip }, async () => {
  script = appAtAcme();
  await page.goto(`${app.origin}/callback?code=of-somebody-else&state=x`);
  await readsHello('CountersignError no_sign_in ');
  assert.equal(page.url(), `${app.origin}/callback`);
});

test('a page reads reason and request ID of a refusal', { skip }, async () => {
  await page.goto(`${app.origin}/`);
  const idToken = await world.provider.idToken({ aud: 'other-app' });
  const error = await page.evaluate(async ([issuer, idToken]) => {
    const { CountersignError, exchange } = await import('countersign');
    const error = await exchange({ issuer: issuer ?? '', clientId: 'spa' }, { idToken: idToken ?? '' })
      .catch((error: unknown) => error);
    return error instanceof CountersignError && { reason: error.reason, requestId: error.requestId };
  }, [world.service.issuer, idToken]);
  assert.ok(error);
  assert.equal(error.reason, 'wrong_audience');
  assert.match(error.requestId ?? '', /./);
});

test('a page of another origin gets a typed error and no token', { skip }, async () => {
  const stranger = await startApp(() => '');
  try {
    await page.goto(`${stranger.origin}/`);
    const reason = await page.evaluate(async ([issuer, idToken]) => {
      const { CountersignError, exchange } = await import('countersign');
      return exchange({ issuer: issuer ?? '', clientId: 'spa' }, { idToken: idToken ?? '' }).then(
        () => 'a token',
        (error: unknown) => (error instanceof CountersignError ? error.reason : 'not typed'),
      );
    }, [world.service.issuer, await world.provider.idToken()]);
    assert.equal(reason, 'network', 'the browser does not show a page what CORS does not allow');
  } finally {
    await stranger.stop();
  }
});

test('the token goes to the listed API alone, and follows no redirect', { skip }, async () => {
  const other = await startApi(() => world.service.issuer);
  try {
    script = appAtAcme();
    await page.goto(`${app.origin}/`);
    await page.click('#sign-in');
    await readsHello('signed in');
    const seen = await page.evaluate(async ([own, other]) => {
      const { fetch } = (window as unknown as { countersign: { fetch: typeof window.fetch } }).countersign;
      const me = (await (await fetch(`${own}/me`)).json()) as { name: string };
      const redirected = await fetch(`${own}/?to=${other}`).then(
        () => 'followed',
        (error: unknown) => (error as { reason: string }).reason,
      );
      return [me.name, (await fetch(`${other}/`)).status, redirected];
    }, [api.origin, other.origin]);
    assert.deepEqual(seen, ['ada of the test', 401, 'redirected']);
    assert.deepEqual(other.asked.map(({ method, headers }) => [method, headers.authorization]), [['GET', undefined]]);
  } finally {
    await other.stop();
  }
});

test('a page renews ahead of expiry', { skip }, async () => {
  await page.route('**/id-token', async (route) => route.fulfill({ body: await world.provider.idToken() }));
  script = appAtAcme();
  await page.clock.install();
  await page.goto(`${app.origin}/`);
  await page.click('#sign-in');
  await readsHello('signed in');
  const token = () => page.evaluate(
    () => (window as unknown as { countersign: { token?: { accessToken: string } } }).countersign.token?.accessToken,
  );
  const first = await token();
  assert.ok(first);
  const renewed = page.waitForResponse(`${world.service.issuer}/token`);
  await page.clock.fastForward(480_000);
  await (await renewed).finished();
  await page.waitForFunction((first) => {
    const { countersign } = window as unknown as { countersign: { token?: { accessToken: string } } };
    return countersign.token !== undefined && countersign.token.accessToken !== first;
  }, first);
});
