// Requests to this server.

import { shortened } from './jose.js';
import { session } from './session.js';

const OAUTH = 'urn:ietf:params:oauth';
const PATIENCE_MS = 15_000;

export async function send(path, options) {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const response = await fetch(path, { cache: 'no-store', credentials: 'omit', signal, ...options });
  let body = await response.text();
  try {
    body = JSON.parse(body);
  } catch {
    // Not every answer comes from our handlers; plain text is shown as it came.
  }
  return { response, statusLine: `${response.status} ${response.statusText}`.trim(), body };
}

export async function sendSuccessfully(path, options) {
  const answer = await send(path, options);
  if (!answer.response.ok) throw Object.assign(new Error(answer.statusLine), { answer });
  return answer;
}

export function postForm(path, fields) {
  return send(path, { method: 'POST', body: new URLSearchParams(fields) });
}

/** Returns the form of POST /token, and of POST /explain, for a credential of either kind. */
export function tokenFields(credential) {
  const { setup } = session;
  if (credential.idToken) {
    return {
      grant_type: `${OAUTH}:grant-type:token-exchange`,
      subject_token: credential.idToken,
      subject_token_type: `${OAUTH}:token-type:id_token`,
      client_id: setup.page_client_id,
      nonce: credential.nonce,
    };
  }
  return {
    grant_type: 'authorization_code',
    provider: setup.provider,
    code: credential.code,
    redirect_uri: credential.redirectUri,
    code_verifier: credential.verifier,
    client_id: setup.page_client_id,
    nonce: credential.nonce,
  };
}

/** Returns a form as it is written, its values not yet encoded. */
export function shownForm(path, fields) {
  const lines = Object.entries(fields).map(([name, value]) => `${name}=${shortened(value)}`);
  return [`POST ${path}`, 'Content-Type: application/x-www-form-urlencoded', '', ...lines].join('\n');
}
