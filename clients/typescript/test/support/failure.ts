import assert from 'node:assert/strict';
import { CountersignError } from 'countersign';

/** Returns the reason of a typed error. */
export function reasonOf(error: unknown): string {
  assert.ok(error instanceof CountersignError, `not a CountersignError: ${String(error)}`);
  return error.reason;
}

/** Waits for work that must fail, and returns its typed error. */
export async function failure(work: Promise<unknown>): Promise<CountersignError> {
  const error = await work.then(() => undefined, (error: unknown) => error);
  assert.ok(error instanceof CountersignError, `not a CountersignError: ${String(error)}`);
  return error;
}
