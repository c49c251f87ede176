// Trying operations out in the Swagger UI.

/** Opens an operation to be tried out. */
export async function tryOut(page, path) {
  const operation = page.locator('.opblock-post', { has: page.locator(`[data-path="${path}"]`) });
  await operation.locator('.opblock-summary').click();
  await operation.locator('.try-out__btn').click();
  return operation;
}

/** Sends it and returns the answer that is shown. */
export async function execute(operation) {
  await operation.locator('.execute').click();
  const live = operation.locator('.live-responses-table .response').first();
  await live.waitFor();
  const status = await live.locator('.response-col_status').innerText();
  const body = await live.locator('.highlight-code code, .microlight').first().textContent();
  return { status: status.split('\n')[0], body: JSON.parse(body) };
}
