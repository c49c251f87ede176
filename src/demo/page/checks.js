// The checks of an exchange, as POST /explain tells them.

import { byId, make, prose } from './dom.js';
import { postForm } from './requests.js';

/** Where there is no room for a long table, it is opened by whoever wants it. */
const HAS_ROOM = '(min-width: 44rem)';
const OUTCOMES = { passed: '✓ passed', failed: '✕ failed', not_made: '– not made' };
/** Providers refuse a code by one word, whatever the cause (`invalid_grant`, RFC 6749 §5.2). */
const OF_CODES = 'With a code it may also be that the code verifier or the redirect URI is not that of the '
  + 'authorization request.';

/** Has an exchange explained and shows check by check what came of it. */
export async function showChecks(fields, note) {
  const { response, statusLine, body } = await postForm('/explain', fields);
  if (!response.ok) throw new Error(`${statusLine} ${body.error_description ?? ''}`);
  const every = make('details', { open: matchMedia(HAS_ROOM).matches },
    make('summary', {}, 'Every check, in the order in which they decide'), table(body.checks));
  byId('checks').replaceChildren(summary(body), every,
    ...note ? [make('p', { className: 'hint' }, note)] : []);
}

function summary({ checks, error, kind }) {
  const count = (outcome) => checks.filter((check) => check.outcome === outcome).length;
  const counts = `${count('passed')} passed, ${count('failed')} failed, ${count('not_made')} not made.`;
  const why = error ? [' ', make('code', {}, error.reason), ': ', ...prose(error.error_description)] : [];
  const more = kind === 'code' && error?.reason === 'provider_rejected' ? ['. ', OF_CODES] : [];
  return make('p', { id: 'checks-summary' }, counts, ...why, ...more);
}

function table(checks) {
  const column = (name) => make('th', { scope: 'col', role: 'columnheader' }, name);
  const head = ['Check', 'Expected', 'Seen', 'Outcome'].map(column);
  return make('table', { className: 'checks', role: 'table' },
    make('caption', { className: 'unseen' }, 'Checks'),
    make('thead', { role: 'rowgroup' }, make('tr', { role: 'row' }, ...head)),
    make('tbody', { role: 'rowgroup' }, ...checks.map(row)));
}

// Roles are written out, since a table that is laid out as blocks on a narrow screen loses its own.
function row({ check, rule, expected, seen, outcome, reason }) {
  const cell = (label, ...content) => {
    const td = make('td', { role: 'cell' }, ...content);
    td.dataset.label = label;
    return td;
  };
  const why = reason ? [' ', make('code', {}, reason)] : [];
  const tr = make('tr', { role: 'row' },
    make('th', { scope: 'row', role: 'rowheader' }, check.replaceAll('_', ' '), make('small', {}, ...prose(rule))),
    cell('Expected', ...prose(expected || '–')), cell('Seen', ...prose(seen || '–')),
    cell('Outcome', make('span', { className: 'outcome' }, OUTCOMES[outcome] ?? outcome), ...why));
  tr.dataset.outcome = outcome;
  tr.dataset.check = check;
  return tr;
}
