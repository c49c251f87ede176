// Serves the page of the documentation at its origin, signs in on it in a browser, and prints what it says then.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { chromium } from 'playwright-core';

const origin = process.argv[2];
const html = `<!doctype html><meta charset="utf-8"><title>App</title><link rel="icon" href="data:,">
<script type="importmap">{"imports": {"countersign": "/countersign/index.js"}}</script>
<button id="sign-in">Sign in</button><p id="hello"></p>
<script type="module" src="/app.js"></script>`;

const server = createServer(async ({ url }, response) => {
  const { pathname } = new URL(url, origin);
  if (/^\/(app|countersign\/\w+)\.js$/.test(pathname)) {
    response.setHeader('Content-Type', 'text/javascript').end(await readFile(`.${pathname}`));
  } else if (pathname === '/' || pathname === '/callback') {
    response.setHeader('Content-Type', 'text/html').end(html);
  } else {
    response.writeHead(404).end();
  }
});
// A browser may try either address of localhost.
await new Promise((listening) => server.listen(Number(new URL(origin).port), 'localhost', listening));

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'] });
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(15_000);
  page.on('console', (message) => console.error(message.text()));
  page.on('pageerror', (error) => console.error(error.message));
  await page.goto(`${origin}/`, { waitUntil: 'networkidle' });
  await page.click('#sign-in');
  await page.locator('button[name="person"]').first().click();
  await page.waitForURL(`${origin}/callback`);
  await page.waitForFunction(() => document.getElementById('hello').textContent !== '');
  console.log(await page.textContent('#hello'));
} finally {
  await browser.close();
  server.close();
}
