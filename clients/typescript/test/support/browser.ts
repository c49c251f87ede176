import { readFile } from 'node:fs/promises';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { chromium } from 'playwright-core';
import type { BrowserContext, Page } from 'playwright-core';
import { startServer } from './http.js';
import type { Asked, Reply, RunningServer } from './http.js';
import { AUDIENCE } from './world.js';

/** Where Chromium is. Its tests are skipped where it is not. */
export const CHROMIUM = process.env['CHROMIUM'] ?? '';

const DIST = new URL('../../../dist/', import.meta.url);
const SWITCHES = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

/** Starts Chromium with a profile of its own. */
export async function startChromium(): Promise<BrowserContext> {
  const context = await chromium.launchPersistentContext('', { executablePath: CHROMIUM, args: SWITCHES });
  context.setDefaultTimeout(15_000);
  return context;
}

/** A page with the package in it, by the README's import map, at every path; `script` is the app. */
export async function startApp(script: () => string): Promise<RunningServer> {
  const html = `<!doctype html><meta charset="utf-8"><title>App</title>
<button id="sign-in">Sign in</button><p id="hello"></p><div id="google"></div>
${await snippet('type="importmap"', '')}`;
  return startServer(async ({ url }) => {
    const file = /^\/countersign\/(\w+\.js)$/.exec(url.pathname)?.[1];
    const text = file === undefined ? script() : await readFile(new URL(file, DIST), 'utf8');
    const isScript = url.pathname.endsWith('.js');
    const headers = { 'content-type': isScript ? 'text/javascript' : 'text/html' };
    return url.pathname === '/favicon.ico' ? { status: 204 } : { headers, body: isScript ? text : html };
  });
}

/** An API for pages of any origin, that verifies tokens as any API does. */
export function startApi(issuer: () => string): Promise<RunningServer> {
  const headers = { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'authorization' };
  return startServer(async ({ method, url, headers: { authorization } }: Asked): Promise<Reply> => {
    if (method === 'OPTIONS') return { status: 204, headers };
    const target = url.searchParams.get('to');
    if (target !== null) return { status: 302, headers: { ...headers, location: target } };
    const keys = createRemoteJWKSet(new URL(`${issuer()}/.well-known/jwks.json`));
    const token = authorization?.replace('Bearer ', '') ?? '';
    const checks = { issuer: issuer(), audience: AUDIENCE, typ: 'at+jwt', algorithms: ['ES256'] };
    const verified = await jwtVerify(token, keys, checks).catch(() => undefined);
    return verified ? { headers, body: verified.payload } : { status: 401, headers, body: {} };
  });
}

/** What a page keeps where scripts of a later page could read it. */
export function keptBy(page: Page): Promise<string> {
  return page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
}

/** Returns the README's block of a language that has some words in it. */
export async function snippet(words: string, language = 'js'): Promise<string> {
  const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');
  const blocks = readme.matchAll(/^```(\w*)\n(.*?)^```$/gms);
  for (const [, itsLanguage, text = ''] of blocks) if (itsLanguage === language && text.includes(words)) return text;
  throw new Error(`the README has no such snippet: ${words}`);
}
