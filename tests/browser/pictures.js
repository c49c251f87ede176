// Takes the pictures of the documentation: node pictures.js DIRECTORY

import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { on, start } from './browser.js';
import { act, signInByCode, signInByIdToken } from './steps.js';
import { execute, tryOut } from './swagger.js';

/** No picture is larger: a page of documentation loads several. */
const MOST_BYTES = 200_000;
const [directory] = process.argv.slice(2);
const scene = await start();

async function take(page, name) {
  // What is smooth would be taken on its way.
  await page.waitForTimeout(300);
  const path = join(directory, `${name}.png`);
  await page.screenshot({ path });
  const { size } = await stat(path);
  assert.ok(size < MOST_BYTES, `${name}.png has ${size} bytes`);
}

const still = { reducedMotion: 'reduce', refusals: true };

try {
  await on(scene, { ...still, viewport: { width: 1080, height: 1000 } }, async (page) => {
    await signInByIdToken(page, scene);
    await page.evaluate(() => scrollTo(0, 0));
    await take(page, 'playground');
  });
  await on(scene, { ...still, viewport: { width: 1080, height: 1180 } }, async (page) => {
    await signInByIdToken(page, scene);
    await act(page, '#expired-id-token');
    await page.evaluate(() => document.getElementById('checks').scrollIntoView());
    await take(page, 'playground-checks');
  });
  await on(scene, { ...still, colorScheme: 'dark', viewport: { width: 390, height: 844 } }, async (page) => {
    await signInByCode(page, scene);
    await act(page, '#exchange');
    await act(page, '#renew');
    await page.evaluate(() => document.querySelector('.renewal').scrollIntoView());
    await take(page, 'playground-phone');
  });
  await on(scene, { ...still, viewport: { width: 1080, height: 1000 } }, async (page) => {
    await page.goto(`${scene.url}/docs`);
    await execute(await tryOut(page, '/token'));
    await page.locator('.responses-wrapper').first().evaluate((it) => it.scrollIntoView());
    await take(page, 'swagger');
  });
} finally {
  await scene.end();
}
