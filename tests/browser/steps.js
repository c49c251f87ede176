// What people do on the page, step by step.

/** Opens the page and waits until it knows whom there is to sign in as. */
export async function open(page, { url }) {
  await page.goto(`${url}/`);
  await page.locator('[data-person]').first().waitFor();
}

/** Clicks, and waits until the page has done what it was to do. */
export async function act(page, selector) {
  await page.locator(selector).click();
  await page.locator('#steps:not(:has([aria-busy="true"]))').waitFor();
}

export async function signInByIdToken(page, scene, person = 'ada') {
  await open(page, scene);
  await act(page, `[data-person="${person}"]`);
  await page.locator('#id-token-view-claims').waitFor();
}

export async function signInByCode(page, scene, person = 'emmy') {
  await open(page, scene);
  await page.locator('#go-to-provider').click();
  await page.locator(`button[value="${person}"]`).click();
  await page.locator('#code-answer').waitFor();
}

export const text = (page, selector) => page.locator(selector).innerText();

export const claims = async (page, view) => JSON.parse(await page.locator(`#${view}-claims`).textContent());

/** Returns the checks that are shown: name and outcome. */
export async function checks(page) {
  const rows = await page.locator('#checks tbody tr').all();
  return Promise.all(rows.map(async (row) => [await row.getAttribute('data-check'), await row.getAttribute('data-outcome')]));
}

export const failed = async (page) => (await checks(page)).filter(([, outcome]) => outcome === 'failed').map(([name]) => name);
