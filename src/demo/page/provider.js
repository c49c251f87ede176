// Signing in at the provider: by its button, by a redirect and back, and silently.

import { challenge, random } from './jose.js';
import { sendSuccessfully } from './requests.js';
import { session } from './session.js';

const AUTHORIZE = '/demo/provider/authorize';
const STASH = 'sign-in';

/** Gets an ID token as a button such as Google's does; with a flaw, where one is asked for. */
export async function idTokenFor(person, flaw) {
  const nonce = random();
  const request = { person: person.id, client_id: session.setup.client_id, nonce, flaw };
  const { body } = await sendSuccessfully('/demo/provider/sign-in', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(request),
  });
  return { person, nonce, request, idToken: body.id_token };
}

/** Returns the parameters of an authorization request (OpenID Connect Core §3.1.2.1, RFC 7636). */
async function authorizationRequest({ state, nonce, verifier }) {
  return {
    response_type: 'code',
    client_id: session.setup.client_id,
    redirect_uri: `${location.origin}/`,
    scope: 'openid',
    state,
    nonce,
    code_challenge: await challenge(verifier),
    code_challenge_method: 'S256',
  };
}

/** Leaves for the provider's page. Only what has to be compared afterwards is kept meanwhile. */
export async function goToProvider() {
  const kept = { state: random(), nonce: random(), verifier: random() };
  sessionStorage.setItem(STASH, JSON.stringify(kept));
  location.assign(`${AUTHORIZE}?${new URLSearchParams(await authorizationRequest(kept))}`);
}

/** Reads the provider's answer from the address of the page, if there is one, and cleans that. */
export async function comeBack() {
  const answer = new URLSearchParams(location.search);
  if (!answer.has('code') && !answer.has('error')) return null;
  history.replaceState(null, '', location.pathname);
  const kept = JSON.parse(sessionStorage.getItem(STASH));
  sessionStorage.removeItem(STASH);
  return received(answer, kept);
}

/** Gets a code without a page: whom it is for is said beforehand. */
export async function silentCode(person) {
  const kept = { state: random(), nonce: random(), verifier: random() };
  const request = { ...await authorizationRequest(kept), prompt: 'none', login_hint: person.email };
  const { response } = await sendSuccessfully(`${AUTHORIZE}?${new URLSearchParams(request)}`);
  return { ...await received(new URL(response.url).searchParams, kept), person };
}

/** Checks that an answer is the one to this page's request (RFC 6749 §10.12, RFC 9207 §2.4). */
async function received(answer, kept) {
  const refuse = (problem) => { throw Object.assign(new Error(problem), { refused: true }); };
  if (!kept || answer.get('state') !== kept.state) {
    refuse('The state of the answer is not that of a sign-in which this page began.');
  }
  if (answer.get('iss') !== session.setup.provider_issuer) {
    refuse('The answer is of another provider than the one that was asked (iss).');
  }
  if (answer.has('error')) {
    refuse(`The provider answered ${answer.get('error')}: ${answer.get('error_description')}.`);
  }
  const request = await authorizationRequest(kept);
  const { nonce, verifier } = kept;
  return { request, answer, code: answer.get('code'), redirectUri: request.redirect_uri, nonce, verifier };
}

/** Gets another credential of the kind, for the same person, without anybody's doing. */
export function renewCredential() {
  const { credential, person } = session;
  return credential.idToken ? idTokenFor(person) : silentCode(person);
}
