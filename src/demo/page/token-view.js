// A token, decoded.

import { byId, make, say, showJson } from './dom.js';
import { decode } from './jose.js';

const TIMES = { auth_time: 'Signed in', iat: 'Issued', nbf: 'Not valid before', exp: 'Expires' };

function fromNow(at) {
  const seconds = at - Math.floor(Date.now() / 1000);
  const units = [['day', 86400], ['hour', 3600], ['minute', 60], ['second', 1]];
  const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1];
  return new Intl.RelativeTimeFormat('en', { numeric: 'auto' }).format(Math.trunc(seconds / size), unit);
}

function timeRow(claim, at) {
  const date = new Date(at * 1000);
  const exact = date.toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
  const relative = make('span', { className: 'relative' }, fromNow(at));
  relative.dataset.at = at;
  return make('tr', {},
    make('th', { scope: 'row' }, make('code', {}, claim)),
    make('td', {}, TIMES[claim]),
    make('td', {}, make('time', { dateTime: date.toISOString() }, exact), ' ', relative));
}

async function copy(button, source, name) {
  try {
    await navigator.clipboard.writeText(source.textContent);
    button.textContent = 'Copied';
    setTimeout(() => { button.textContent = 'Copy'; }, 2000);
    say(`${name} copied.`);
  } catch {
    // Browsers keep the clipboard to secure contexts; a selection works everywhere.
    getSelection().selectAllChildren(source);
    say(`${name} selected; copy it with the keyboard.`);
  }
}

/** Shows a token in a view; ids start with that of the view. */
export function showToken(view, token, name) {
  const content = byId('token-template').content.cloneNode(true);
  const slot = (part) => content.querySelector(`[data-slot="${part}"]`);
  const [compact, header, claims, button] = ['compact', 'header', 'claims', 'copy'].map(slot);
  const parts = token.split('.');
  const said = decode(token, 1);
  const times = Object.keys(TIMES).filter((claim) => Number.isFinite(said[claim]));
  const coloured = (i, className) => make('span', { className }, parts[i]);

  compact.append(coloured(0, 'of-header'), '.', coloured(1, 'of-claims'), '.', coloured(2, 'of-signature'));
  showJson(header, decode(token, 0));
  showJson(claims, said);
  slot('times').append(...times.map((claim) => timeRow(claim, said[claim])));
  Object.assign(compact, { id: `${view}-compact`, ariaLabel: name });
  Object.assign(claims, { id: `${view}-claims`, ariaLabel: `Claims of the ${name}` });
  header.ariaLabel = `Header of the ${name}`;
  button.ariaLabel = `Copy the ${name}`;
  button.addEventListener('click', () => copy(button, compact, name));

  // Whoever is reading a token while it is renewed stays where they are.
  const focused = byId(view).querySelector(':focus')?.dataset.slot;
  byId(view).replaceChildren(content);
  if (focused) byId(view).querySelector(`[data-slot="${focused}"]`).focus({ preventScroll: true });
}

setInterval(() => {
  for (const time of document.querySelectorAll('[data-at]')) time.textContent = fromNow(time.dataset.at);
}, 1000);
