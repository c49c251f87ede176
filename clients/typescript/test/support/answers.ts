import { mock } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Credential } from 'countersign';

/** The API of the apps of these tests. */
export const API = 'https://api.example.com/';

/** A service and an API that answer at once, for tests of what happens in time. */
export class Answers {
  /** The bodies of the calls. */
  readonly asked: URLSearchParams[] = [];
  /** Whose tokens it gives. */
  person = 'ada';
  /** What it answers in place of tokens. */
  refusal: { status: number; reason: string; retryAfter?: string } | undefined;
  /** The status of what the API answers. */
  api = 200;
  /** Answers nothing until it is let. */
  held: Promise<void> | undefined;

  /** Puts it in place of `fetch`, and holds the clock still. */
  static start(): Answers {
    const answers = new Answers();
    mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_800_000_000_000 });
    mock.method(Math, 'random', () => 0);
    mock.method(globalThis, 'fetch', async (to: string | Request, init?: { body: URLSearchParams }) => {
      if (to instanceof Request) return new Response(null, { status: answers.api });
      if (init) answers.asked.push(init.body);
      await answers.held;
      return answers.#answer();
    });
    return answers;
  }

  stop(): void {
    mock.timers.reset();
    mock.restoreAll();
  }

  #answer(): Response {
    if (this.refusal) {
      const { status, reason, retryAfter } = this.refusal;
      const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
      return Response.json({ error: 'x', error_description: reason, reason }, { status, headers });
    }
    const payload = { sub: this.person, jti: this.asked.length };
    const access_token = `e30.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.c2ln`;
    return Response.json({ access_token, token_type: 'Bearer', expires_in: 600 });
  }
}

/** Lets the clock go on, and everything that waited for it be done. */
export async function pass(seconds: number): Promise<void> {
  mock.timers.tick(seconds * 1000);
  await settled();
}

/** Lets everything be done that waits for no clock. */
export async function settled(): Promise<void> {
  for (let turns = 0; turns < 5; turns += 1) await setImmediate();
}

/** A promise that is settled from outside. */
export function later(): { promise: Promise<void>; settle: () => void } {
  let settle = () => {};
  const promise = new Promise<void>((resolve) => { settle = resolve; });
  return { promise, settle };
}

/** A credential that nobody looks at. */
export const CREDENTIAL: Credential = { idToken: 'an.id.token' };
