import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import type { BrowserContext, Page } from 'playwright-core';
import { CHROMIUM, snippet, startApp, startChromium } from './support/browser.js';
import type { RunningServer } from './support/http.js';
import { GOOGLE_APP, startWorld } from './support/world.js';
import type { World } from './support/world.js';

const skip = CHROMIUM === '' && 'there is no Chromium';
const SCRIPT = 'https://accounts.google.com/gsi/client';

/** What Google's script does: a button and a prompt, which call back with an ID token of the nonce. */
const FAKE = `
  let options;
  const credential = async () => (await fetch('/credential?nonce=' + (window.otherNonce ?? options.nonce))).text();
  const answer = async () => options.callback({ credential: await credential() });
  window.google = { accounts: { id: {
    initialize(given) { if (options) throw new Error('twice'); options = given; },
    renderButton(element, look) {
      const button = document.createElement('button');
      button.id = 'google-button';
      button.textContent = look.type + ' ' + look.theme + ' ' + options.client_id;
      button.onclick = answer;
      element.append(button);
    },
    prompt(listen) {
      const moment = (name, why) => ({ isSkippedMoment: () => name === 'skipped',
        isDismissedMoment: () => name === 'dismissed', getDismissedReason: () => why });
      if (window.skips) return listen(moment('skipped'));
      listen(moment('dismissed', 'credential_returned'));
      answer();
    },
  } } };`;

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
async function open(load: boolean): Promise<void> {
  await page.evaluate(async ([issuer, clientId, load]) => {
    const { Countersign } = await import('countersign');
    const happened: string[] = [];
    const countersign: InstanceType<typeof Countersign> = new Countersign({
      issuer: String(issuer),
      clientId: 'spa',
      google: { clientId: String(clientId), load: Boolean(load) },
      renew: () => countersign.googlePrompt(),
      onToken: (token) => happened.push(token ? 'token' : 'none'),
      onError: (error) => happened.push((error as { reason: string }).reason),
    });
    Object.assign(window, { countersign, happened });
  }, [world.service.issuer, GOOGLE_APP, load] as const);
}

interface AppWindow {
  countersign: {
    googleButton(element: Element, look?: Record<string, string>): Promise<void>;
    renew(): Promise<{ accessToken: string }>;
  };
  happened: string[];
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
  await open(true);
  assert.equal(await draw(), 'drawn');
  assert.equal(loads, 1);
  assert.equal(await page.textContent('#google-button'), `standard outline ${GOOGLE_APP}`);
  await page.click('#google-button');
  await happens('token');
});

test('a credential with another nonce is refused, and the app is told', { skip }, async () => {
  await open(true);
  await draw();
  await page.evaluate(() => Object.assign(window, { otherNonce: 'of-another-page' }));
  await page.click('#google-button');
  await happens('nonce_mismatch');
});

test("nothing is loaded unless it is asked for, and a page's own script is used", { skip }, async () => {
  await open(false);
  assert.equal(await draw(), 'google_unavailable');
  assert.equal(loads, 0);
  await page.addScriptTag({ url: SCRIPT });
  assert.equal(await draw(), 'drawn');
  assert.equal(loads, 1);
});

test('a script that does not load is typed, and tried again the next time', { skip }, async () => {
  await page.route(SCRIPT, (route) => route.abort(), { times: 1 });
  await open(true);
  assert.equal(await draw(), 'google_unavailable');
  assert.equal(await draw(), 'drawn');
});

test("Google's prompt renews, and leaves the button as it was", { skip }, async () => {
  await open(true);
  await draw();
  await page.click('#google-button');
  await happens('token');
  assert.equal(await renewal(), 'renewed');
  await page.evaluate(() => Object.assign(window, { skips: true }));
  assert.equal(await renewal(), 'not_signed_in');
  await page.click('#google-button');
  await happens('token', 'token', 'token');
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
