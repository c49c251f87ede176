// Verifies access tokens by the issuer's key set: RFC 9068 §4, with the answers of RFC 6750 §3.
import { createRemoteJWKSet, customFetch, errors, jwtVerify } from 'jose';

const TIMEOUT = 5_000; // the longest that one fetch of the key set may take
const COOL_DOWN = 10_000; // between two fetches, however many unknown keys are named
const MAX_AGE = 15 * 60_000; // the key set's `max-age`: a key that was withdrawn is trusted no longer

class KeysUnavailable extends Error {}

// The issuer's key set. What was fetched stays in use while the issuer is away.
export function keysOf(issuer) {
  const keys = createRemoteJWKSet(new URL(`${issuer.replace(/\/$/, '')}/.well-known/jwks.json`), {
    timeoutDuration: TIMEOUT,
    cooldownDuration: COOL_DOWN,
    cacheMaxAge: Infinity, // the timer below looks for other keys
    [customFetch]: patientFetch(),
  });
  const refresh = () => keys.reload().catch((error) => console.error('the key set was not fetched:', error));
  refresh();
  setInterval(refresh, MAX_AGE).unref();

  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      const isUnknown = error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys;
      throw isUnknown ? error : new KeysUnavailable('the key set cannot be had', { cause: error });
    }
  };
}

// jose's cool-down follows a fetch that went well. This one follows one that failed, too.
function patientFetch() {
  let startedAt = -Infinity;
  return async (url, options) => {
    if (performance.now() - startedAt < COOL_DOWN) throw new Error('the last fetch failed');
    startedAt = performance.now();
    return fetch(url, options);
  };
}

// Answers for those who have no good token; sets `request.caller` to the claims for the others.
export function requireToken({ keys, issuer, audience }) {
  const checks = {
    issuer,
    audience,
    typ: 'at+jwt',
    algorithms: ['ES256'], // unless the service's keys were made with another `--alg`
    requiredClaims: ['exp', 'sub'],
    clockTolerance: 30,
  };
  return async (request, response, next) => {
    const [, token] = /^Bearer +(\S+)$/i.exec(request.get('Authorization') ?? '') ?? [];
    if (!token) return response.set('WWW-Authenticate', 'Bearer').sendStatus(401);
    try {
      request.caller = (await jwtVerify(token, keys, checks)).payload;
    } catch (error) {
      if (error instanceof KeysUnavailable) return response.set('Retry-After', '10').sendStatus(503);
      if (!(error instanceof errors.JOSEError)) throw error;
      return response.set('WWW-Authenticate', 'Bearer error="invalid_token"').sendStatus(401);
    }
    next();
  };
}
