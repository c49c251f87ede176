// Encodings and random values of JOSE and OAuth.

export function toBase64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** Returns 256 random bits: a state, a nonce, or a code verifier (RFC 7636 §4.1). */
export function random() {
  return toBase64url(crypto.getRandomValues(new Uint8Array(32)));
}

/** Returns the code challenge of a verifier, S256 (RFC 7636 §4.2). */
export async function challenge(verifier) {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  return toBase64url(new Uint8Array(digest));
}

/** Decodes the header (0) or the claims (1) of a compact JWS. Nothing is verified. */
export function decode(token, part) {
  const binary = atob(token.split('.')[part].replaceAll('-', '+').replaceAll('_', '/'));
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, (c) => c.charCodeAt(0))));
}

/** Returns a token that says somebody else under the same signature. */
export function tampered(token) {
  const [header, , signature] = token.split('.');
  const changed = { ...decode(token, 1), sub: '00000000-0000-0000-0000-000000000000' };
  const bytes = new TextEncoder().encode(JSON.stringify(changed));
  return [header, toBase64url(bytes), signature].join('.');
}

export function shortened(text) {
  return text.length > 200 ? `${text.slice(0, 20)}…${text.slice(-8)}` : text;
}
