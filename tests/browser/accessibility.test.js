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

test('on a phone, checks have the whole width', () => on(scene, { viewport: { width: 360, height: 740 } }, async (page) => {
  await signInByIdToken(page, scene);
  await act(page, '#exchange');
  await page.locator('#checks summary').click();
  const room = await page.locator('#checks tbody').evaluate((body) => body.clientWidth);
  const cells = await page.locator('#checks tbody :is(th, td)').evaluateAll((all) => all.map((cell) => cell.offsetWidth));
  assert.ok(room > 200 && cells.length > 40, `${cells.length} cells in ${room} px`);
  assert.ok(cells.every((width) => width > room * 0.9), `${cells} in ${room} px`);
}));

for (const [colorScheme, isDark] of [['light', false], ['dark', true]]) {
  test(`the page of providers is ${colorScheme} where that is wanted`, () => on(scene, { colorScheme }, async (page) => {
    await page.goto(`${scene.url}/docs/providers`);
    const [ink, ground] = await page.evaluate(() => {
      const { color, backgroundColor } = getComputedStyle(document.documentElement);
      return [color, backgroundColor].map((rgb) => Number(/\d+/.exec(rgb)[0]));
    });
    assert.equal(ink > ground, isDark, `${ink} on ${ground}`);
    await assertAccessible(page, 'the providers');
  }));
}

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
