// What the page shows, and one action at a time.

let busy = false;
/** What the page does by itself; actions wait for it. */
let background = null;

export const byId = (id) => document.getElementById(id);

/** Tells those who do not see the page. */
export const say = (status) => { byId('status').textContent = status; };

export function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** Returns text as nodes: what stands in backticks is code. */
export function prose(text) {
  return String(text).split('`').map((piece, i) => (i % 2 ? make('code', {}, piece) : piece));
}

/** Shows JSON whose member names stand out; the text of `pre` stays plain JSON. */
export function showJson(pre, value) {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  const pieces = text.split(/^( *"(?:[^"\\]|\\.)*")(?=:)/m);
  const mark = (piece, i) => (i % 2 ? make('span', { className: 'name' }, piece) : piece);
  pre.replaceChildren(...pieces.map(mark));
}

export function showAnswer(pre, { response, statusLine, body }) {
  const challenge = response.headers.get('www-authenticate');
  showJson(pre, body);
  pre.prepend(statusLine, challenge ? `\nWWW-Authenticate: ${challenge}` : '', '\n\n');
  pre.dataset.status = response.status;
}

/** Shows a step and goes on from its heading. */
export function showStep(card, status) {
  const heading = byId(card).querySelector('h2');
  byId(card).hidden = false;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  byId(card).scrollIntoView({ block: 'start' });
  say(status);
}

/** Hides what came after the card and empties it. */
export function forgetAfter(cardId) {
  for (const card of document.querySelectorAll(`#${cardId} ~ .card`)) {
    card.hidden = true;
    card.querySelectorAll('pre, .filled').forEach((element) => element.replaceChildren());
    card.querySelectorAll('[data-status]').forEach((element) => delete element.dataset.status);
  }
}

function showError(card, error) {
  const { statusLine, body } = error.answer ?? { body: error.message };
  const said = typeof body === 'string' ? { error_description: body } : { ...body };
  const rows = [['status', statusLine], ['error', said.error], ['reason', said.reason],
    ['description', said.error_description]].filter(([, value]) => value);
  const list = rows.flatMap(([name, value]) => [make('dt', {}, name), make('dd', {}, ...prose(value))]);
  const refused = error.answer?.response.status < 500 || error.refused;
  const box = byId('error');
  card.append(box);
  box.replaceChildren(make('strong', {}, refused ? 'Refused' : 'This did not work'), make('dl', {}, ...list));
  box.hidden = false;
  box.scrollIntoView({ block: 'nearest' });
}

async function perform(cardId, action) {
  const card = byId(cardId);
  busy = true;
  card.ariaBusy = 'true';
  Object.assign(byId('error'), { hidden: true, textContent: '' });
  try {
    await action();
  } catch (error) {
    showError(card, error);
  } finally {
    card.ariaBusy = null;
    busy = false;
  }
}

/** Runs one action at a time; what goes wrong is shown in the card it was started from. */
export async function run(cardId, action) {
  await background;
  if (!busy) await perform(cardId, action);
}

/** Runs what nobody clicked, unless something else is under way. */
export function runInBackground(cardId, action) {
  if (busy) return;
  background = perform(cardId, action);
}

export function onClick(id, cardId, action) {
  byId(id).addEventListener('click', () => run(cardId, action));
}
