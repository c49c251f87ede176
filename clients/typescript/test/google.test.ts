import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import type { BrowserContext, Page } from 'playwright-core';
import { CHROMIUM, snippet, startApp, startChromium } from './support/browser.js';
import { FAKE } from './support/google.js';
import type { RunningServer } from './support/http.js';
import { GOOGLE_APP, startWorld } from './support/world.js';
import type { World } from './support/world.js';

const skip = CHROMIUM === '' && 'there is no Chromium';
const SCRIPT = 'https://accounts.google.com/gsi/client';

let world: World;
let app: RunningServer;
let chromium: BrowserContext;
let page: Page;
let script = '';
let loads: number;

before(async () => {
  if (skip) return;
  app = await startApp(() => script);
  world = await startWorld([app.origin]);
  chromium = await startChromium();
});
after(async () => {
  if (skip) return;
  await chromium.close();
  await Promise.all([world.stop(), app.stop()]);
});
beforeEach(async () => {
  if (skip) return;
  loads = 0;
  script = '';
  page = await chromium.newPage();
  await page.route(SCRIPT, (route) => {
    loads += 1;
    return route.fulfill({ contentType: 'text/javascript', body: FAKE });
  });
  await page.route('**/credential?nonce=*', async (route) => {
    const nonce = new URL(route.request().url()).searchParams.get('nonce') ?? '';
    const claims = { iss: 'https://accounts.google.com', aud: GOOGLE_APP, azp: GOOGLE_APP, nonce };
    await route.fulfill({ body: await world.provider.idToken(claims) });
  });
  await page.goto(`${app.origin}/`);
});
afterEach(async () => {
  if (!skip) await page.close();
});

/** Makes the app in the page; what happens is written down there. */
async function open({ load = true, autoSelect = true } = {}): Promise<void> {
  await page.evaluate(async ([issuer, clientId, load, autoSelect]) => {
    const { Countersign } = await import('countersign');
    const happened: string[] = [];
    const countersign: InstanceType<typeof Countersign> = new Countersign({
      issuer: String(issuer),
      clientId: 'spa',
      google: { clientId: String(clientId), load: Boolean(load), autoSelect: Boolean(autoSelect) },
      renew: () => countersign.googlePrompt(),
      onToken: (token) => {
        happened.push(token ? 'token' : 'none');
        if (!token) (window as unknown as AppWindow).whenSignedOut?.();
      },
      onError: (error) => happened.push((error as { reason: string }).reason),
    });
    Object.assign(window, { countersign, happened });
  }, [world.service.issuer, GOOGLE_APP, load, autoSelect] as const);
}

interface AppWindow {
  countersign: {
    googleButton(element: Element, look?: Record<string, string>): Promise<void>;
    renew(): Promise<{ accessToken: string }>;
    googlePrompt(): Promise<unknown>;
    signOut(): void;
  };
  happened: string[];
  called: string[];
  agree(): Promise<void>;
  whenSignedOut?(): void;
}

const draw = (): Promise<string> => page.evaluate(() => {
  const { countersign } = window as unknown as AppWindow;
  return countersign.googleButton(document.getElementById('google')!, { theme: 'outline' }).then(
    () => 'drawn',
    (error: unknown) => (error as { reason: string }).reason,
  );
});
const renewal = (): Promise<string> => page.evaluate(() => {
  const { countersign } = window as unknown as AppWindow;
  return countersign.renew().then(() => 'renewed', (error: unknown) => (error as { reason: string }).reason);
});
const happens = async (...expected: string[]): Promise<void> => {
  await page.waitForFunction(
    (text) => (window as unknown as AppWindow).happened.join() === text,
    expected.join(),
  );
};

test("who clicks Google's button is signed in, by a credential with our nonce", { skip }, async () => {
  await open();
  assert.equal(await draw(), 'drawn');
  assert.equal(loads, 1);
  assert.equal(await page.textContent('#google-button'), `standard outline ${GOOGLE_APP}`);
  await page.click('#google-button');
  await happens('token');
});

test('a credential with another nonce is refused, and the app is told', { skip }, async () => {
  await open();
  await draw();
  await page.evaluate(() => Object.assign(window, { otherNonce: 'of-another-page' }));
  await page.click('#google-button');
  await happens('nonce_mismatch');
});

test("nothing is loaded unless it is asked for, and a page's own script is used", { skip }, async () => {
  await open({ load: false });
  assert.equal(await draw(), 'google_unavailable');
  assert.equal(loads, 0);
  await page.addScriptTag({ url: SCRIPT });
  assert.equal(await draw(), 'drawn');
  assert.equal(loads, 1);
});

test('a script that does not load is typed, and tried again the next time', { skip }, async () => {
  await page.route(SCRIPT, (route) => route.abort(), { times: 1 });
  await open();
  assert.equal(await draw(), 'google_unavailable');
  assert.equal(await draw(), 'drawn');
});

test("Google's prompt renews, and leaves the button as it was", { skip }, async () => {
  await open();
  await draw();
  await page.click('#google-button');
  await happens('token');
  assert.equal(await renewal(), 'renewed');
  await page.evaluate(() => Object.assign(window, { skips: true }));
  assert.equal(await renewal(), 'not_signed_in');
  await page.click('#google-button');
  await happens('token', 'token', 'token');
});

test('a prompt that nobody answers is given up, and a late answer to it signs nobody in', { skip }, async () => {
  await open({ autoSelect: false });
  await draw();
  await page.click('#google-button');
  await happens('token');
  await page.clock.install();
  await page.evaluate(() => {
    const { countersign, happened } = window as unknown as AppWindow;
    countersign.renew().catch((error: { reason: string }) => happened.push(`refused: ${error.reason}`));
  });
  await page.waitForFunction(() => 'agree' in window);
  await page.clock.fastForward(601_000);
  await happens('token', 'none', 'not_signed_in', 'refused: not_signed_in');
  assert.deepEqual(await page.evaluate(() => (window as unknown as AppWindow).called), ['cancel']);
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.evaluate(() => (window as unknown as AppWindow).agree());
  await page.evaluate(async () => { await fetch('/credential?nonce=after-it'); });
  assert.equal(asked.length, 2);
  assert.ok(!asked.includes(`${world.service.issuer}/token`));
  await page.click('#google-button');
  await happens('token', 'none', 'not_signed_in', 'refused: not_signed_in', 'token');
});

test('signOut takes the prompt away, and who clicks the button then is signed in', { skip }, async () => {
  await open({ autoSelect: false });
  await draw();
  await page.click('#google-button');
  await happens('token');
  await page.evaluate(async () => {
    const { countersign } = window as unknown as AppWindow;
    const renewal = countersign.renew().catch(() => {});
    await new Promise((resolve) => setTimeout(resolve));
    countersign.signOut();
    await renewal;
  });
  assert.deepEqual(await page.evaluate(() => (window as unknown as AppWindow).called), ['cancel', 'disableAutoSelect']);
  await page.click('#google-button');
  await happens('token', 'none', 'token');
});

test('an app that shows the prompt as soon as nobody is signed in still sees it', { skip }, async () => {
  await open({ autoSelect: false });
  await draw();
  await page.click('#google-button');
  await happens('token');
  await page.evaluate(async () => {
    const { countersign, called } = window as unknown as AppWindow;
    const whenSignedOut = () => void countersign.googlePrompt().then(() => called.push('answered'));
    Object.assign(window, { whenSignedOut });
    countersign.signOut();
    await new Promise((resolve) => setTimeout(resolve));
    await (window as unknown as AppWindow).agree();
  });
  assert.deepEqual(
    await page.evaluate(() => (window as unknown as AppWindow).called),
    ['disableAutoSelect', 'answered'],
  );
});

test('a prompt that was given up before the script was there is not shown', { skip }, async () => {
  await open({ autoSelect: false });
  await page.evaluate(async () => {
    const { countersign } = window as unknown as AppWindow;
    const renewal = countersign.renew().catch(() => {});
    countersign.signOut();
    await renewal;
  });
  await draw();
  assert.equal(await page.evaluate(() => 'agree' in window), false);
  const called = await page.evaluate(() => (window as unknown as AppWindow).called);
  assert.deepEqual(called, ['disableAutoSelect'], 'nor does it sign in by itself from then on');
});

test("the README's page with Google's button signs in and renews", { skip }, async () => {
  script = (await snippet('googleButton'))
    .replaceAll('https://id.example.com', world.service.issuer)
    .replaceAll('1234567890-abc.apps.googleusercontent.com', GOOGLE_APP);
  await page.clock.install();
  await page.goto(`${app.origin}/`);
  const exchanged = () => page.waitForResponse(`${world.service.issuer}/token`);
  const [first] = await Promise.all([exchanged(), page.click('#google-button')]);
  assert.equal(first.status(), 200);
  await page.waitForSelector('body[data-signed-in=true]');
  const [second] = await Promise.all([exchanged(), page.clock.fastForward(480_000)]);
  assert.equal(second.status(), 200);
});
