import { CountersignError } from './errors.js';
import type { CodeCredential } from './exchange.js';
import { challenge, randomText } from './pkce.js';
import type { ProviderRow } from './providers.js';

/** A sign-in that is under way, as it waits in the tab's `sessionStorage` for the answer. */
interface Pending {
  readonly provider: string;
  readonly redirectUri: string;
  readonly state: string;
  readonly codeVerifier?: string;
  readonly nonce?: string;
  /** When it began, in milliseconds since the Unix epoch. */
  readonly began: number;
}

/** A provider with what it is asked: the row, and the app's client ID there. */
export interface Destination {
  readonly name: string;
  readonly clientId: string;
  readonly row: ProviderRow;
}

const KEY = 'countersign';
const LIMIT_MS = 10 * 60 * 1000;

/** Notes a sign-in in this tab, and goes to the provider. */
export async function begin(
  { name, clientId, row }: Destination,
  redirectUri: string,
  further: Readonly<Record<string, string>>,
): Promise<void> {
  const pending: Pending = {
    provider: name,
    redirectUri,
    state: randomText(),
    ...(row.pkce && { codeVerifier: randomText() }),
    ...(row.nonce && { nonce: randomText() }),
    began: Date.now(),
  };
  const address = new URL(row.authorize);
  const parameters = {
    ...row.parameters,
    ...further,
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: row.scope,
    state: pending.state,
    ...(pending.codeVerifier !== undefined && {
      code_challenge: await challenge(pending.codeVerifier),
      code_challenge_method: 'S256',
    }),
    ...(pending.nonce !== undefined && { nonce: pending.nonce }),
  };
  for (const [key, value] of Object.entries(parameters)) address.searchParams.set(key, value);
  sessionStorage.setItem(KEY, JSON.stringify(pending));
  location.assign(address);
}

/** Whether the page stands at the redirect URI with a provider's answer. */
export function isAnswer(redirectUri: string): boolean {
  const { origin, pathname } = new URL(redirectUri);
  const came = new URLSearchParams(location.search);
  return (
    location.origin === origin && location.pathname === pathname && (came.has('code') || came.has('error'))
  );
}

/**
 * Takes the provider's answer out of the address bar, and returns the code to redeem.
 *
 * An answer is taken once, whether it is good or not. State, then `iss`, are compared before
 * anything else of it is believed (RFC 9700 §4.4 and §4.7).
 */
export function take(ownUri: string, destinations: readonly Destination[]): CodeCredential {
  const came = new URLSearchParams(location.search);
  const pending = read();
  sessionStorage.removeItem(KEY);
  const { pathname, search } = new URL(ownUri);
  history.replaceState(history.state, '', pathname + search);
  if (!pending) {
    throw new CountersignError('no_sign_in', 'no sign-in of this tab is under way');
  }
  if (came.get('state') !== pending.state) {
    throw new CountersignError('state_mismatch', 'the answer is not to the question of this tab');
  }
  if (Date.now() - pending.began > LIMIT_MS) {
    throw new CountersignError('sign_in_expired', 'the sign-in began more than ten minutes ago');
  }
  compareIssuer(came.get('iss'), pending.provider, destinations);
  const code = came.get('code');
  if (!code) {
    const providerError = came.get('error') ?? undefined;
    const message = came.get('error_description') ?? providerError ?? 'the provider sent no code';
    throw new CountersignError('provider_error', message, { providerError });
  }
  const { provider, redirectUri, codeVerifier, nonce } = pending;
  return {
    code,
    provider,
    redirectUri,
    ...(codeVerifier !== undefined && { codeVerifier }),
    ...(nonce !== undefined && { nonce }),
  };
}

function read(): Pending | undefined {
  try {
    const pending: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? 'null');
    const whole = typeof pending === 'object' && pending !== null && 'state' in pending;
    return whole ? (pending as Pending) : undefined;
  } catch {
    return undefined;
  }
}

/** RFC 9207 §2.4. A provider without a known issuer may name none that is another's of the app. */
function compareIssuer(iss: string | null, name: string, all: readonly Destination[]): void {
  if (iss === null) return;
  const expected = all.find((it) => it.name === name)?.row.issuer;
  const isAnothers = expected === undefined && all.some((it) => it.row.issuer === iss);
  if (isAnothers || (expected !== undefined && expected !== iss)) {
    throw new CountersignError('issuer_mismatch', `the answer to '${name}' came from '${iss}'`);
  }
}
