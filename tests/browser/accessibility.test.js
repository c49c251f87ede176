// What everybody needs: axe's rules in light and dark, room on a narrow screen, no motion unasked.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import axe from 'axe-core';
import { on, shared } from './browser.js';
import { act, open, signInByCode, signInByIdToken } from './steps.js';

const scene = shared();

/** Runs every rule of axe but the experimental ones on what is shown. */
async function assertAccessible(page, state) {
  await page.evaluate(axe.source);
  const { violations, passes } = await page.evaluate(() => axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`).join('; ')}`);
  assert.deepEqual(told, [], state);
  assert.ok(passes.some(({ id }) => id === 'color-contrast'), state);
}

async function assertFits(page, state) {
  const [scrollWidth, clientWidth] = await page.evaluate(() => {
    const root = document.documentElement;
    return [root.scrollWidth, root.clientWidth];
  });
  assert.ok(scrollWidth <= clientWidth, `${state}: ${scrollWidth} px on ${clientWidth}`);
  const outside = await page.evaluate(() => [...document.querySelectorAll('main *')]
    .filter((element) => !element.closest('pre, .unseen') && element.getBoundingClientRect().right > innerWidth + 1)
    .map((element) => element.id || element.className || element.tagName));
  assert.deepEqual(outside, [], state);
}

/** Shows everything that the page can show, and looks at each state. */
async function everyState(page, look) {
  await open(page, scene);
  await look(page, 'the start');
  await page.locator('#go-to-provider').click();
  await page.locator('button[value="srinivasa"]').waitFor();
  await look(page, 'the provider’s page');
  await signInByCode(page, scene, 'srinivasa');
  await look(page, 'a code');
  await act(page, '#exchange');
  await act(page, '#renew');
  await act(page, '#call');
  await page.evaluate(() => document.querySelectorAll('details').forEach((it) => { it.open = true; }));
  await look(page, 'a token by a code');
  await signInByIdToken(page, scene, 'sofja');
  await act(page, '#expired-id-token');
  await page.evaluate(() => document.querySelectorAll('details').forEach((it) => { it.open = true; }));
  await look(page, 'a refusal');
}

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing, ${colorScheme}`, () => on(scene, { colorScheme, refusals: true }, (page) => everyState(page, assertAccessible)));
}

test('on 320 px nothing is cut off, and axe finds nothing', () => {
  const narrow = { viewport: { width: 320, height: 640 }, refusals: true };
  return on(scene, narrow, (page) => everyState(page, async (...state) => {
    await assertFits(...state);
    await assertAccessible(...state);
  }));
});

test('nothing moves for those who do not want it', () => on(scene, { reducedMotion: 'reduce' }, async (page) => {
  await open(page, scene);
  assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).scrollBehavior), 'auto');
  assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
}));

test('with colours that the system chose, what is chosen is still seen', () => on(scene, { forcedColors: 'active' }, async (page) => {
  await signInByIdToken(page, scene);
  const outline = (pressed) => page.locator(`[data-person][aria-pressed="${pressed}"]`).first()
    .evaluate((element) => getComputedStyle(element).outlineStyle);
  assert.deepEqual([await outline(true), await outline(false)], ['solid', 'none']);
}));
