// Calling the API, with a good token and with others.

import { byId, showAnswer, showStep } from './dom.js';
import { shortened, tampered } from './jose.js';
import { renewCredential } from './provider.js';
import { postForm, send, tokenFields } from './requests.js';
import { session } from './session.js';

/** More than a token lives. */
const LATER_S = 3600;

async function call(token, query = '') {
  const path = `/demo/api/hello${query}`;
  const answer = await send(path, { headers: token ? { Authorization: `Bearer ${token}` } : {} });
  const outcome = answer.response.ok ? 'The API accepted the token' : 'The API refused the call';
  const authorization = token ? `\nAuthorization: Bearer ${shortened(token)}` : '';
  byId('api-outcome').textContent = outcome;
  byId('api-request').textContent = `GET ${path}${authorization}`;
  showAnswer(byId('api-answer'), answer);
  showStep('step-api', `${outcome}: ${answer.statusLine}.`);
}

/** Gets a token of ours for another API, by a client that is for that. */
async function tokenForElsewhere() {
  const fields = { ...tokenFields(await renewCredential()), client_id: session.setup.elsewhere_client_id };
  const answer = await postForm('/token', fields);
  if (!answer.response.ok) throw Object.assign(new Error(answer.statusLine), { answer });
  return answer.body.access_token;
}

export const calls = {
  call: () => call(session.accessToken),
  'call-without': () => call(null),
  'call-tampered': () => call(tampered(session.accessToken)),
  'call-elsewhere': async () => call(await tokenForElsewhere()),
  'call-later': () => call(session.accessToken, `?later=${LATER_S}`),
};
