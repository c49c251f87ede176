/** A token of the service, with what its answer says of it. */
export interface Token {
  /** The JWT, for the `Authorization` header of the app's APIs. */
  readonly accessToken: string;
  /** When it expires by this machine's clock, in milliseconds since the Unix epoch. */
  readonly expiresAt: number;
  /** How long it lives, in milliseconds. */
  readonly lifetime: number;
  /** The granted scopes, when they differ from those asked for. */
  readonly scope?: string;
}

/** Where a token can outlive its page: `sessionStorage`, for instance. */
export type TokenStore = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

const KEY = 'countersign.token';

/** Writes the token, or takes it away. */
export function store(at: TokenStore, token: Token | undefined): void {
  if (token) at.setItem(KEY, JSON.stringify(token));
  else at.removeItem(KEY);
}

/** Reads a token that has not expired. */
export function restore(at: TokenStore): Token | undefined {
  try {
    const kept = JSON.parse(at.getItem(KEY) ?? 'null') as Token | null;
    return kept && kept.expiresAt > Date.now() ? kept : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Returns the `sub` that a token names. It is read and not verified: good for comparing two answers of
 * the service, never for deciding what a person may do.
 */
export function personOf(jwt: string): string | undefined {
  try {
    const payload = (jwt.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const claims = JSON.parse(atob(payload)) as { sub?: unknown };
    return typeof claims.sub === 'string' ? claims.sub : undefined;
  } catch {
    return undefined;
  }
}
