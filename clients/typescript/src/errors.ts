import type { components } from './openapi.js';

/** The reasons that the service gives: the schema `Reason` of its OpenAPI document. */
export type ServiceReason = components['schemas']['Reason'];

/** What fails in the page, before the service is asked or without an answer of it. */
export type PageReason =
  /** No answer came: the network, or the page's origin is not in the client's `origins`. */
  | 'network'
  /** What answered is not the service: a proxy's error page, for instance. */
  | 'unreadable_answer'
  /** The provider sent the person back without a code; `providerError` has its word for why. */
  | 'provider_error'
  /** The page was called back, but no sign-in of this tab is under way. */
  | 'no_sign_in'
  /** The person took longer than ten minutes at the provider. */
  | 'sign_in_expired'
  /** The answer has another `state` than the question: it is somebody else's. */
  | 'state_mismatch'
  /** The answer is another provider's, by its `iss` (RFC 9207) or by the redirect URI where it came. */
  | 'issuer_mismatch'
  /** Google's script is not in the page, and was not to be loaded, or did not load. */
  | 'google_unavailable'
  /** There is no token, and no way to renew one. */
  | 'not_signed_in'
  /** `signOut` or another sign-in came while this was under way. */
  | 'superseded'
  /** The renewal brought the token of another person than the one who is signed in. */
  | 'another_person'
  /** The API answered with a redirect, which the token does not follow. */
  | 'redirected';

/** The one cause of a failure. Stable: programs may branch on it. */
export type Reason = ServiceReason | PageReason;

/** What is known of a failure beside its reason. */
export interface ErrorDetails {
  readonly status?: number | undefined;
  readonly retryAfter?: number | undefined;
  readonly requestId?: string | undefined;
  readonly oauthError?: string | undefined;
  readonly providerError?: string | undefined;
  readonly cause?: unknown;
}

const RETRYABLE: ReadonlySet<Reason> = new Set<Reason>([
  'network',
  'not_ready',
  'overloaded',
  'provider_unreachable',
  'rate_limited',
  'timed_out',
]);

/** A failure of this package, of the service, or of a provider. */
export class CountersignError extends Error {
  override readonly name = 'CountersignError';
  /** The cause, for programs. The message is for developers. */
  readonly reason: Reason;
  /** The HTTP status, when something answered. */
  readonly status: number | undefined;
  /** After how many seconds it is worth trying again, when the service says so. */
  readonly retryAfter: number | undefined;
  /** What to quote to the operator of the service: its log has it too. */
  readonly requestId: string | undefined;
  /** The OAuth error code of the service's answer. */
  readonly oauthError: string | undefined;
  /** The provider's own word: `access_denied` when the person said no. */
  readonly providerError: string | undefined;

  constructor(reason: Reason, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.reason = reason;
    this.status = details.status;
    this.retryAfter = details.retryAfter;
    this.requestId = details.requestId;
    this.oauthError = details.oauthError;
    this.providerError = details.providerError;
  }

  /**
   * Whether the same may succeed later, without anybody doing something else. A code is spent by being
   * tried, so after that the person signs in again.
   */
  get isRetryable(): boolean {
    const gateway = this.reason === 'unreadable_answer' && (this.status ?? 0) >= 502;
    return RETRYABLE.has(this.reason) || gateway;
  }
}
