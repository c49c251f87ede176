import { CountersignError } from './errors.js';
import type { ServiceReason } from './errors.js';
import type { components } from './openapi.js';
import type { Service } from './service.js';

type Schemas = components['schemas'];
type Parameters = Omit<Schemas['TokenRequest'], 'audience' | 'resource'> & {
  readonly audience?: readonly string[];
};

/** The answer to the exchange of an ID token or access token. */
export type TokenAnswer = Schemas['TokenAnswer'];
/** The answer to a code. */
export type CodeAnswer = Schemas['CodeAnswer'];

/** A provider's ID token. `iss` picks the provider unless it is named. */
export interface IdTokenCredential {
  readonly idToken: string;
  readonly provider?: string;
  readonly nonce?: string;
}

/** A provider's access token. */
export interface AccessTokenCredential {
  readonly accessToken: string;
  readonly provider: string;
}

/** A provider's authorization code. */
export interface CodeCredential {
  readonly code: string;
  readonly provider: string;
  readonly redirectUri: string;
  readonly codeVerifier?: string;
  readonly nonce?: string;
}

/** What can be exchanged for a token of the service. */
export type Credential = IdTokenCredential | AccessTokenCredential | CodeCredential;

// The service gives up after 30 seconds itself.
const PATIENCE_MS = 35_000;
const TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:';

/**
 * Exchanges a provider's credential for a token of the service, by one call.
 *
 * @throws {CountersignError} with the service's reason, or `network` or `unreadable_answer`.
 */
export async function exchange(service: Service, credential: CodeCredential): Promise<CodeAnswer>;
export async function exchange(
  service: Service,
  credential: IdTokenCredential | AccessTokenCredential,
): Promise<TokenAnswer>;
export async function exchange(
  service: Service,
  credential: Credential,
): Promise<TokenAnswer | CodeAnswer>;
export async function exchange(
  service: Service,
  credential: Credential,
): Promise<TokenAnswer | CodeAnswer> {
  const address = `${service.issuer.replace(/\/$/, '')}/token`;
  const response = await post(address, form({ ...ofService(service), ...ofCredential(credential) }));
  const answer = await json(response);
  if (response.ok && typeof answer?.['access_token'] === 'string') {
    return answer as TokenAnswer | CodeAnswer;
  }
  throw refusal(response, answer);
}

function ofService(service: Service): Partial<Parameters> {
  const { clientId, audience, scope } = service;
  return {
    client_id: clientId,
    ...(audience && { audience }),
    ...(scope === undefined ? {} : { scope }),
  };
}

function ofCredential(credential: Credential): Parameters {
  const { provider } = credential;
  const named = provider === undefined ? {} : { provider };
  if ('code' in credential) {
    const { code, redirectUri, codeVerifier, nonce } = credential;
    return {
      grant_type: 'authorization_code',
      ...named,
      code,
      redirect_uri: redirectUri,
      ...(codeVerifier === undefined ? {} : { code_verifier: codeVerifier }),
      ...(nonce === undefined ? {} : { nonce }),
    };
  }
  const grant_type = 'urn:ietf:params:oauth:grant-type:token-exchange';
  if ('accessToken' in credential) {
    const subject_token = credential.accessToken;
    return { grant_type, ...named, subject_token, subject_token_type: `${TOKEN_TYPE}access_token` };
  }
  const { idToken: subject_token, nonce } = credential;
  return {
    grant_type,
    ...named,
    subject_token,
    subject_token_type: `${TOKEN_TYPE}id_token`,
    ...(nonce === undefined ? {} : { nonce }),
  };
}

function form(parameters: Parameters): URLSearchParams {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const each of typeof value === 'string' ? [value] : value) body.append(name, each);
  }
  return body;
}

async function post(address: string, body: URLSearchParams): Promise<Response> {
  try {
    // A redirect would show the credential to somebody else.
    const signal = AbortSignal.timeout(PATIENCE_MS);
    return await fetch(address, { method: 'POST', body, signal, redirect: 'error', credentials: 'omit' });
  } catch (cause) {
    throw new CountersignError('network', `no answer from ${address}`, { cause });
  }
}

async function json(response: Response): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const answer: unknown = await response.json();
    return typeof answer === 'object' && answer !== null ? { ...answer } : undefined;
  } catch {
    return undefined;
  }
}

function refusal(
  response: Response,
  answer: Readonly<Record<string, unknown>> | undefined,
): CountersignError {
  const text = (name: string) => {
    const value = answer?.[name];
    return typeof value === 'string' ? value : undefined;
  };
  const wait = response.headers.get('retry-after');
  const details = {
    status: response.status,
    retryAfter: wait !== null && /^\d+$/.test(wait) ? Number(wait) : undefined,
    requestId: response.headers.get('x-request-id') ?? undefined,
    oauthError: text('error'),
  };
  const reason = text('reason');
  if (response.ok || reason === undefined) {
    const what = `the answer of ${response.url} (${response.status}) is not the service's`;
    return new CountersignError('unreadable_answer', what, details);
  }
  // A service that is younger than this package may have reasons that the type does not list.
  return new CountersignError(reason as ServiceReason, text('error_description') ?? reason, details);
}
