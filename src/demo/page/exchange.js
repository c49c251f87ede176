// Exchanging a credential for an access token, well or badly on purpose.

import { showChecks } from './checks.js';
import { byId, forgetAfter, showAnswer, showStep } from './dom.js';
import { decode, random, shortened, tampered } from './jose.js';
import { idTokenFor, silentCode } from './provider.js';
import { renewed, stopRenewal } from './renewal.js';
import { postForm, shownForm, tokenFields } from './requests.js';
import { session } from './session.js';
import { showToken } from './token-view.js';

const SECOND_CODE = 'A code is good once, and explaining one spends it as well. So the page got a second code '
  + 'from the provider, silently (prompt=none), and had that one explained.';

/** Tries an exchange: shows request, answer and checks, and what came of it. */
async function attempt({ fields, explained, sent }) {
  byId('sent').hidden = !sent;
  byId('checks').replaceChildren();
  if (sent) showToken('sent-view', sent, 'ID token that was sent');
  const answer = await postForm('/token', fields);
  const issued = answer.response.ok;
  const failure = answer.response.status < 500 ? 'countersign refused the exchange' : 'countersign could not answer';
  const title = issued ? 'countersign issued an access token' : failure;
  byId('exchange-outcome').textContent = title;
  showWhetherFromBefore(!issued);
  byId('exchange-request').textContent = shownForm('/token', fields);
  const { access_token: token, ...rest } = answer.body;
  const shown = issued ? { ...answer, body: { access_token: shortened(token), ...rest } } : answer;
  showAnswer(byId('exchange-answer'), shown);
  try {
    const { fields: again, note } = await explained(token);
    await showChecks(again, note);
  } catch (error) {
    // What was answered stands, whether or not it can be explained.
    byId('checks').textContent = `The checks could not be had: ${error.message}`;
  }
  if (issued) accept(answer.body);
  showStep('step-exchange', issued ? `${title}.` : `${title}: ${answer.body.reason}.`);
}

/** Says of a token that is there already that it is not of the exchange that is shown. */
function showWhetherFromBefore(isFromBefore) {
  byId('access-token-title').textContent = isFromBefore ? 'The access token of the exchange before' : 'The access token';
  byId('from-before').hidden = !isFromBefore;
  forgetAfter('step-access-token');
}

function accept({ access_token: token, expires_in: lifetime }) {
  session.accessToken = token;
  byId('step-access-token').hidden = false;
  byId('issuer').textContent = session.setup.issuer;
  renewed(token, lifetime);
}

/** Who the token says it is: what the page did not know of a code. */
function personOf(token) {
  const { email } = decode(token, 1);
  return session.setup.people.find((person) => person.email === email);
}

export async function exchange(onSignedIn) {
  const { credential } = session;
  const fields = tokenFields(credential);
  stopRenewal();
  forgetAfter('step-exchange');
  if (credential.idToken) return attempt({ fields, explained: async () => ({ fields }) });
  return attempt({
    fields,
    explained: async (token) => {
      if (!token) return { fields };
      session.person = personOf(token);
      onSignedIn();
      return { fields: tokenFields(await silentCode(session.person)), note: SECOND_CODE };
    },
  });
}

/** Exchanges a changed credential, and has the very same explained. */
function tryWith(change, sent) {
  const fields = tokenFields({ ...session.credential, ...change });
  return attempt({ fields, sent, explained: async () => ({ fields }) });
}

export const failures = {
  async 'tampered-id-token'() {
    const idToken = tampered(session.credential.idToken);
    await tryWith({ idToken }, idToken);
  },

  async 'wrong-audience'() {
    const flawed = await idTokenFor(session.person, 'wrong_audience');
    await tryWith(flawed, flawed.idToken);
  },

  async 'expired-id-token'() {
    const flawed = await idTokenFor(session.person, 'expired');
    await tryWith(flawed, flawed.idToken);
  },

  'other-nonce': () => tryWith({ nonce: random() }),

  'other-verifier': () => tryWith({ verifier: random() }),

  'code-again': () => tryWith({}),

  async 'other-nonce-of-code'() {
    const wrong = { ...await silentCode(session.person), nonce: random() };
    await attempt({
      fields: tokenFields(wrong),
      explained: async () => {
        const second = { ...await silentCode(session.person), nonce: random() };
        return { fields: tokenFields(second), note: SECOND_CODE };
      },
    });
  },
};
