// The demo as a child process, a browser, and pages that remember whatever is wrong on them.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before } from 'node:test';
import { chromium } from 'playwright-core';

const ARGUMENTS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];
/** What the browser says of an answer that refuses something; the page shows it as well. */
const REFUSAL = /^Failed to load resource: .* status of (40[01]|503) /;

/** Starts the demo on a free port, for pages of these origins too, and returns it with its address. */
async function startDemo(origins) {
  const options = ['--listen', '127.0.0.1:0', ...origins.flatMap((origin) => ['--origin', origin])];
  const child = spawn(process.env.COUNTERSIGN, ['demo', ...options], { stdio: ['ignore', 'pipe', 'ignore'] });
  let printed = '';
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    printed += chunk;
    if (printed.includes('Ctrl-C')) break;
  }
  child.stdout.resume();
  const url = /^page +(\S+)\/$/m.exec(printed)[1];
  return { child, url };
}

export async function start(origins = []) {
  const [demo, browser] = await Promise.all([
    startDemo(origins),
    chromium.launch({ executablePath: '/usr/bin/chromium', args: ARGUMENTS }),
  ]);
  const end = async () => {
    await browser.close();
    demo.child.kill();
    await once(demo.child, 'exit');
  };
  return { url: demo.url, origins: [demo.url, ...origins], browser, end };
}

/** Has the tests of a file share one demo and one browser. */
export function shared() {
  const scene = {};
  before(async () => { Object.assign(scene, await start()); });
  after(() => scene.end());
  return scene;
}

/** Opens a page in a fresh profile, runs something on it, and sees that nothing went wrong on it. */
export async function on(scene, options, use) {
  const { refusals = false, ...settings } = options;
  const context = await scene.browser.newContext({ viewport: { width: 1100, height: 900 }, ...settings });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const wrong = [];
  page.on('console', (message) => {
    const expected = refusals && REFUSAL.test(message.text());
    if (['error', 'warning'].includes(message.type()) && !expected) wrong.push(message.text());
  });
  page.on('pageerror', (error) => wrong.push(error.message));
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (!scene.origins.includes(origin) && protocol !== 'data:') wrong.push(`asked ${request.url()}`);
  });
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  try {
    await use(page);
    assert.deepEqual(wrong, []);
  } finally {
    await context.close();
  }
}
