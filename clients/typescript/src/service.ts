/** Which service, for which of its clients. */
export interface Service {
  /** The service's issuer, exactly as configured there. */
  readonly issuer: string;
  /** The ID of this app at the service: `id` of its `[[clients]]`. */
  readonly clientId: string;
  /** For which of the client's audiences the token is to be. All unless set. */
  readonly audience?: readonly string[];
  /** Scopes, space-separated. All of the client's unless set. */
  readonly scope?: string;
}

/** Names whose a kept token or sign-in is: what was asked of another service, or for less, is another's. */
export function ownerOf({ issuer, clientId, audience, scope }: Service, ...more: readonly unknown[]): string {
  return JSON.stringify([issuer, clientId, audience, scope, ...more]);
}
