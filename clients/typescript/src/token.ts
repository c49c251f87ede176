import { ownerOf } from './service.js';
import type { Service } from './service.js';

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

/** Writes the token of a service's client, or takes it away. */
export function store(at: TokenStore, service: Service, token: Token | undefined): void {
  if (token) at.setItem(keyOf(service), JSON.stringify(token));
  else at.removeItem(keyOf(service));
}

/** Reads the token of a service's client, if it has not expired. */
export function restore(at: TokenStore, service: Service): Token | undefined {
  try {
    const kept: unknown = JSON.parse(at.getItem(keyOf(service)) ?? 'null');
    return isToken(kept) && isLive(kept) ? kept : undefined;
  } catch {
    return undefined;
  }
}

/** Two apps of one origin have one storage: each finds its own token alone. */
function keyOf(service: Service): string {
  return `countersign.token:${ownerOf(service)}`;
}

/** Who else writes to the storage of the origin is unknown. */
function isToken(kept: unknown): kept is Token {
  if (typeof kept !== 'object' || kept === null) return false;
  const { accessToken, expiresAt, lifetime, scope } = kept as Record<keyof Token, unknown>;
  const isText = typeof accessToken === 'string' && accessToken !== '';
  return isText && isTime(expiresAt) && isTime(lifetime) && (scope === undefined || typeof scope === 'string');
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}

/** With more left than it ever had, the clock or the storage is wrong. */
function isLive({ expiresAt, lifetime }: Token): boolean {
  const left = expiresAt - Date.now();
  return left > 0 && left <= lifetime;
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
