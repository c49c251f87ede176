// Renewing the access token before it expires: nobody has to do anything for it.

import { byId, make, runInBackground, say } from './dom.js';
import { decode } from './jose.js';
import { renewCredential } from './provider.js';
import { postForm, tokenFields } from './requests.js';
import { session } from './session.js';
import { showToken } from './token-view.js';

/** The part of its life that a token has left when it is renewed. */
const AHEAD = 0.25;
/** How many tokens are listed: a page may stay open for days. */
const LISTED = 6;

// How long the token lives is counted from its arrival, so this computer's clock may be wrong.
let current = null;

/** Takes over a token that was just issued; the first one of a session has no `before`. */
export function renewed(token, lifetime) {
  const before = current && decode(current.token, 1);
  const { sub, jti } = decode(token, 1);
  const expiresAt = Date.now() + lifetime * 1000;
  current = { token, expiresAt, renewAt: expiresAt - lifetime * 1000 * AHEAD };
  session.accessToken = token;
  showToken('access-token-view', token, 'access token');
  const when = make('span', { className: 'when' }, new Date().toLocaleTimeString('en-GB'));
  const rows = byId('renewals');
  if (rows.childElementCount === LISTED) rows.firstElementChild.remove();
  rows.append(make('tr', {},
    make('th', { scope: 'row' }, before ? 'Renewed' : 'Issued', ' ', when),
    compared(jti, before?.jti),
    compared(sub, before?.sub)));
  tick();
}

function compared(value, before) {
  const same = value === before ? 'the same' : 'another';
  return make('td', {}, make('code', {}, value), before ? make('small', {}, same) : '');
}

export function stopRenewal() {
  current = null;
  byId('renewals').replaceChildren();
}

/** Signs in again silently, and exchanges what comes of it. */
export async function renew() {
  const fields = tokenFields(await renewCredential());
  const answer = await postForm('/token', fields);
  if (!answer.response.ok) {
    byId('automatic').checked = false;
    throw Object.assign(new Error(answer.statusLine), { answer });
  }
  if (!current) return;
  renewed(answer.body.access_token, answer.body.expires_in);
  say('The access token was renewed.');
}

function tick() {
  if (!current) return;
  const seconds = (at) => Math.max(0, Math.round((at - Date.now()) / 1000));
  const left = seconds(current.expiresAt);
  const shown = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`;
  byId('countdown').textContent = left ? shown : 'expired';
  const automatic = byId('automatic').checked;
  byId('renewal-plan').textContent = automatic ? `Renewal in ${seconds(current.renewAt)} s.` : 'Renewal is off.';
  if (automatic && Date.now() >= current.renewAt) runInBackground('step-access-token', renew);
}

setInterval(tick, 1000);
byId('automatic').addEventListener('change', tick);
