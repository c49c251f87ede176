import { CountersignError } from './errors.js';
import type { CodeCredential } from './exchange.js';
import { challenge, randomText } from './pkce.js';
import type { ProviderRow } from './providers.js';

/** A sign-in that is under way, as it waits in the tab's `sessionStorage` for the answer. */
interface Pending {
  /** The app that began it: another one of this origin does not finish it. */
  readonly owner: string;
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
  readonly redirectUri: string | undefined;
  readonly row: ProviderRow;
}

const KEY = 'countersign';
const LIMIT_MS = 10 * 60 * 1000;

/** Notes a sign-in in this tab, and goes to the provider. */
export async function begin(
  owner: string,
  { name, clientId, redirectUri, row }: Destination,
  further: Readonly<Record<string, string>>,
): Promise<void> {
  if (redirectUri === undefined) throw new TypeError(`sign-in with '${name}' needs a redirectUri`);
  const pending: Pending = {
    owner,
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

/**
 * Takes the provider's answer out of the address bar, and returns the code to redeem; `undefined` where
 * there is no answer, or one to another app of this origin.
 *
 * An answer is taken once, whether it is good or not. State, then where it came and `iss`, are compared
 * before anything else of it is believed (RFC 9700 §4.4 and §4.7).
 */
export function take(owner: string, destinations: readonly Destination[]): CodeCredential | undefined {
  const came = new URLSearchParams(location.search);
  const at = redirectUriHere(came, destinations);
  const pending = read();
  const isOthers = pending !== undefined && pending.owner !== owner;
  if (at === undefined || isOthers || !(came.has('code') || came.has('error'))) return undefined;
  sessionStorage.removeItem(KEY);
  const { pathname, search } = new URL(at);
  history.replaceState(history.state, '', pathname + search);
  const { provider, redirectUri, codeVerifier, nonce } = check(pending, came);
  if (at !== redirectUri) {
    throw new CountersignError('issuer_mismatch', `the answer to '${provider}' came to '${at}'`);
  }
  compareIssuer(came.get('iss'), provider, destinations);
  return {
    code: codeOf(came),
    provider,
    redirectUri,
    ...(codeVerifier !== undefined && { codeVerifier }),
    ...(nonce !== undefined && { nonce }),
  };
}

/** Which redirect URI the page stands at: of those that fit, the one that says most. */
function redirectUriHere(came: URLSearchParams, destinations: readonly Destination[]): string | undefined {
  const fits = (text: string) => {
    const { origin, pathname, searchParams } = new URL(text);
    const isSame = (name: string) => String(came.getAll(name)) === String(searchParams.getAll(name));
    const isHere = origin === location.origin && pathname === location.pathname;
    return isHere && [...searchParams.keys()].every(isSame);
  };
  const all = destinations.flatMap(({ redirectUri }) => redirectUri ?? []).filter(fits);
  return all.sort((one, other) => other.length - one.length)[0];
}

/** Returns the sign-in that was answered, if it is this one. */
function check(pending: Pending | undefined, came: URLSearchParams): Pending {
  if (!pending) {
    throw new CountersignError('no_sign_in', 'no sign-in of this tab is under way');
  }
  if (came.get('state') !== pending.state) {
    throw new CountersignError('state_mismatch', 'the answer is not to the question of this tab');
  }
  if (Date.now() - pending.began > LIMIT_MS) {
    throw new CountersignError('sign_in_expired', 'the sign-in began more than ten minutes ago');
  }
  return pending;
}

function codeOf(came: URLSearchParams): string {
  const code = came.get('code');
  if (code) return code;
  const providerError = came.get('error') ?? undefined;
  const message = came.get('error_description') ?? providerError ?? 'the provider sent no code';
  throw new CountersignError('provider_error', message, { providerError });
}

function read(): Pending | undefined {
  try {
    const pending: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? 'null');
    return isPending(pending) ? pending : undefined;
  } catch {
    return undefined;
  }
}

/** Who else writes to the storage of the origin is unknown. */
function isPending(kept: unknown): kept is Pending {
  if (typeof kept !== 'object' || kept === null) return false;
  const { owner, provider, redirectUri, state, codeVerifier, nonce, began } = kept as Record<
    keyof Pending,
    unknown
  >;
  const isText = (value: unknown) => typeof value === 'string' && value !== '';
  return (
    [owner, provider, redirectUri, state].every(isText) &&
    [codeVerifier, nonce].every((value) => value === undefined || isText(value)) &&
    Number.isFinite(began)
  );
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
