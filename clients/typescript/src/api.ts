import { CountersignError } from './errors.js';
import type { Session } from './session.js';
import type { Token } from './token.js';

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Returns the origins of addresses, to be compared with a request's. */
export function originsOf(addresses: readonly string[]): ReadonlySet<string> {
  return new Set(addresses.map((address) => new URL(address).origin));
}

/**
 * `fetch`, with the token for the listed origins and for no other.
 *
 * Such a request follows no redirect, so that the token goes nowhere but to its origin. On 401 the
 * token is renewed and the request repeated, each once, if its body can be sent again.
 */
export async function fetchWithToken(
  session: Session,
  origins: ReadonlySet<string>,
  [input, init]: Parameters<typeof fetch>,
): Promise<Response> {
  const request = new Request(input, init);
  const isOurs = origins.has(new URL(request.url).origin) && !request.headers.has('authorization');
  if (!isOurs) return fetch(request);
  // Before it is sent: sending uses the body up. A stream's would all have to be held in memory.
  const again = init?.body instanceof ReadableStream ? undefined : request.clone();
  const token = await session.live();
  const response = await send(request, token);
  if (response.status !== 401 || !again) return response;
  const other = await session.otherThan(token).catch(() => undefined);
  if (!other) return response;
  await response.body?.cancel();
  return send(again, other);
}

async function send(request: Request, token: Token): Promise<Response> {
  const headers = new Headers(request.headers);
  headers.set('Authorization', `Bearer ${token.accessToken}`);
  const response = await fetch(new Request(request, { headers, redirect: 'manual' }));
  const isRedirect = response.type === 'opaqueredirect' || REDIRECTS.has(response.status);
  if (isRedirect && request.redirect !== 'manual') {
    const message = `${request.url} answers with a redirect, which a token does not follow: use its target`;
    throw new CountersignError('redirected', message);
  }
  return response;
}
