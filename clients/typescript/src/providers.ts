/** What a sign-in by redirect has to know of a provider. */
export interface ProviderRow {
  /** Its authorization endpoint. */
  readonly authorize: string;
  /** The scopes, as this provider separates them. */
  readonly scope: string;
  /** Whether it takes a `code_challenge`. Some refuse one. */
  readonly pkce: boolean;
  /** Whether an ID token, which carries the nonce back, comes with the code. */
  readonly nonce: boolean;
  /** Its issuer, for the `iss` of its answer (RFC 9207). */
  readonly issuer?: string;
  /** Further parameters of the authorization request. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/**
 * The rows that are built in. Apple is none of them: with the scopes `name` and `email` it answers
 * by a POST (`form_post`), which a page cannot read.
 */
export const PROVIDERS = {
  google: {
    authorize: 'https://accounts.google.com/o/oauth2/v2/auth',
    scope: 'openid email profile',
    pkce: true,
    nonce: true,
    issuer: 'https://accounts.google.com',
  },
  // Echoes no nonce, and refuses PKCE on this endpoint.
  linkedin: {
    authorize: 'https://www.linkedin.com/oauth/v2/authorization',
    scope: 'openid profile email',
    pkce: false,
    nonce: false,
    issuer: 'https://www.linkedin.com/oauth',
  },
  github: {
    authorize: 'https://github.com/login/oauth/authorize',
    scope: 'read:user user:email',
    pkce: true,
    nonce: false,
  },
  facebook: {
    authorize: 'https://www.facebook.com/v24.0/dialog/oauth',
    scope: 'public_profile,email',
    pkce: true,
    nonce: false,
  },
  instagram: {
    authorize: 'https://www.instagram.com/oauth/authorize',
    scope: 'instagram_business_basic',
    pkce: false,
    nonce: false,
  },
  // No issuer: it is the person's tenant's. For one tenant, `authorize` has its name in place of `common`.
  microsoft: {
    authorize: 'https://login.microsoftonline.com/common/oauth2/v2.0/authorize',
    scope: 'openid profile email',
    pkce: true,
    nonce: true,
  },
  gitlab: {
    authorize: 'https://gitlab.com/oauth/authorize',
    scope: 'openid email read_user',
    pkce: true,
    nonce: true,
    issuer: 'https://gitlab.com',
  },
} as const satisfies Record<string, ProviderRow>;

/** The name of a built-in row. */
export type ProviderName = keyof typeof PROVIDERS;

/** A provider that the app offers: its client ID there, and what differs from the built-in row. */
export interface ProviderOptions extends Partial<ProviderRow> {
  /** The app's client ID at the provider. */
  readonly clientId: string;
  /**
   * Where this provider sends people back to: one of the client's `redirect_uris`. One of its own shows
   * which provider answered, even of one that does not say so by `iss` (RFC 9700 §4.4.2.2).
   */
  readonly redirectUri?: string;
  /** The built-in row to start from. The provider's own name unless set. */
  readonly catalogue?: ProviderName;
}

/** Returns a provider's row: the built-in one with the app's options over it. */
export function rowOf(name: string, options: ProviderOptions): ProviderRow {
  const rows: Readonly<Record<string, ProviderRow>> = PROVIDERS;
  const key = options.catalogue ?? name;
  const row = { ...(Object.hasOwn(rows, key) ? rows[key] : undefined), ...options };
  const { authorize, scope, pkce, nonce } = row;
  if (authorize === undefined || scope === undefined || pkce === undefined || nonce === undefined) {
    throw new TypeError(`provider '${name}' is not built in: give authorize, scope, pkce and nonce`);
  }
  return { ...row, authorize, scope, pkce, nonce };
}
