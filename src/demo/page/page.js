const OAUTH = 'urn:ietf:params:oauth';
const PATIENCE_MS = 15_000;
const TIMES = { auth_time: 'Signed in', iat: 'Issued', nbf: 'Not valid before', exp: 'Expires' };

// Tokens live in this variable only: the browser's storage would outlast the page.
let session = {};
let setup = null;
let busy = false;

const byId = (id) => document.getElementById(id);
const say = (status) => { byId('status').textContent = status; };

function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function toBase64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function randomNonce() {
  return toBase64url(crypto.getRandomValues(new Uint8Array(16)));
}

function decodePart(part) {
  const binary = atob(part.replaceAll('-', '+').replaceAll('_', '/'));
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, (c) => c.charCodeAt(0))));
}

function tampered(token) {
  const [header, claims, signature] = token.split('.');
  const changed = { ...decodePart(claims), sub: '00000000-0000-0000-0000-000000000000' };
  const bytes = new TextEncoder().encode(JSON.stringify(changed));
  return [header, toBase64url(bytes), signature].join('.');
}

function shortened(token) {
  return `${token.slice(0, 20)}…${token.slice(-8)}`;
}

async function send(path, options) {
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

async function sendSuccessfully(path, options) {
  const answer = await send(path, options);
  if (!answer.response.ok) throw Object.assign(new Error(answer.statusLine), { answer });
  return answer;
}

/** Shows JSON whose member names stand out; the text of `pre` stays plain JSON. */
function showJson(pre, value) {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  const pieces = text.split(/^( *"(?:[^"\\]|\\.)*")(?=:)/m);
  const mark = (piece, i) => (i % 2 ? make('span', { className: 'name' }, piece) : piece);
  pre.replaceChildren(...pieces.map(mark));
}

function showAnswer(pre, { response, statusLine, body }) {
  const challenge = response.headers.get('www-authenticate');
  showJson(pre, body);
  pre.prepend(statusLine, challenge ? `\nWWW-Authenticate: ${challenge}` : '', '\n\n');
  pre.dataset.status = response.status;
}

function fromNow(at) {
  const seconds = at - Math.floor(Date.now() / 1000);
  const units = [['day', 86400], ['hour', 3600], ['minute', 60], ['second', 1]];
  const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1];
  return new Intl.RelativeTimeFormat('en').format(Math.trunc(seconds / size), unit);
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

function showToken(token, name, compactId, claimsId) {
  const content = byId('token-template').content.cloneNode(true);
  const slot = (part) => content.querySelector(`[data-slot="${part}"]`);
  const [compact, header, claims, button] = ['compact', 'header', 'claims', 'copy'].map(slot);
  const parts = token.split('.');
  const said = decodePart(parts[1]);
  const times = Object.keys(TIMES).filter((claim) => Number.isFinite(said[claim]));
  const coloured = (i, className) => make('span', { className }, parts[i]);

  compact.append(coloured(0, 'of-header'), '.', coloured(1, 'of-claims'), '.', coloured(2, 'of-signature'));
  showJson(header, decodePart(parts[0]));
  showJson(claims, said);
  slot('times').append(...times.map((claim) => timeRow(claim, said[claim])));
  Object.assign(compact, { id: compactId, ariaLabel: name });
  Object.assign(claims, { id: claimsId, ariaLabel: `Claims of the ${name}` });
  header.ariaLabel = `Header of the ${name}`;
  button.ariaLabel = `Copy the ${name}`;
  button.addEventListener('click', () => copy(button, compact, name));
  byId(`${compactId}-view`).replaceChildren(content);
}

function showStep(card, block, status) {
  byId(card).hidden = false;
  byId(card).scrollIntoView({ block });
  say(status);
}

function showError(card, error) {
  const { statusLine, body } = error.answer ?? { body: error.message };
  const said = typeof body === 'string' ? { error_description: body } : { ...body };
  const rows = [['status', statusLine], ['error', said.error], ['reason', said.reason],
    ['description', said.error_description]].filter(([, value]) => value);
  const list = rows.flatMap(([name, value]) => [make('dt', {}, name), make('dd', {}, String(value))]);
  const title = error.answer?.response.status < 500 ? 'Refused' : 'The server could not answer';
  const box = byId('error');
  card.append(box);
  box.replaceChildren(make('strong', {}, title), make('dl', {}, ...list));
  box.hidden = false;
  box.scrollIntoView({ block: 'nearest' });
}

/** Runs one action at a time; what goes wrong is shown in the card it was started from. */
async function run(cardId, action) {
  if (busy) return;
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

/** Forgets what came after the card and hides it. */
function forgetAfter(cardId) {
  for (const card of document.querySelectorAll(`#${cardId} ~ .card`)) {
    card.hidden = true;
    card.querySelectorAll('pre, .token-view').forEach((element) => element.replaceChildren());
    card.querySelectorAll('[data-status]').forEach((element) => delete element.dataset.status);
  }
}

function showPerson(person) {
  for (const button of document.querySelectorAll('[data-person]')) {
    button.ariaPressed = String(button.dataset.person === person?.id);
  }
  byId('session').hidden = !person;
  byId('session-name').textContent = person?.name ?? '';
  if (person) byId('session-picture').src = person.picture;
}

function signOut() {
  session = {};
  showPerson(null);
  forgetAfter('step-person');
}

async function signIn(person) {
  signOut();
  const nonce = randomNonce();
  const { body } = await sendSuccessfully('/demo/provider/sign-in', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ person: person.id, client_id: setup.client_id, nonce }),
  });
  showToken(body.id_token, 'ID token', 'id-token', 'id-token-claims');
  session = { nonce, idToken: body.id_token };
  byId('nonce').textContent = nonce;
  showPerson(person);
  showStep('step-id-token', 'start', `The provider issued an ID token for ${person.name}.`);
}

async function exchange(nonce) {
  forgetAfter('step-id-token');
  const { idToken } = session;
  const fields = {
    grant_type: `${OAUTH}:grant-type:token-exchange`,
    subject_token: idToken,
    subject_token_type: `${OAUTH}:token-type:id_token`,
    client_id: setup.client_id,
    nonce,
  };
  const answer = await sendSuccessfully('/token', { method: 'POST', body: new URLSearchParams(fields) });
  const accessToken = answer.body.access_token;
  showToken(accessToken, 'access token', 'access-token', 'claims');
  session.accessToken = accessToken;

  const shown = Object.entries({ ...fields, subject_token: shortened(idToken) });
  const head = ['POST /token', 'Content-Type: application/x-www-form-urlencoded', ''];
  byId('exchange-request').textContent = [...head, ...shown.map((field) => field.join('='))].join('\n');
  answer.body.access_token = shortened(accessToken);
  showAnswer(byId('exchange-answer'), answer);
  byId('issuer').textContent = setup.issuer;
  showStep('step-access-token', 'start', 'countersign issued an access token.');
}

async function callApi(token) {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  const answer = await send('/demo/api/hello', { headers });
  const outcome = answer.response.ok ? 'The API accepted the token' : 'The API refused the call';
  const authorization = token ? `\nAuthorization: Bearer ${shortened(token)}` : '';
  byId('api-outcome').textContent = outcome;
  byId('api-request').textContent = `GET /demo/api/hello${authorization}`;
  showAnswer(byId('api-answer'), answer);
  showStep('step-api', 'nearest', `${outcome}: ${answer.statusLine}.`);
}

function onClick(id, cardId, action) {
  byId(id).addEventListener('click', () => run(cardId, action));
}

function personItem(person) {
  const line = (className, text) => make('span', { className }, text);
  const button = make('button', { type: 'button', ariaPressed: 'false' },
    make('img', { src: person.picture, alt: '', width: 44, height: 44 }),
    make('span', {},
      line('person-name', person.name),
      line('person-email', person.email),
      line('person-email', person.email_verified ? 'e-mail verified' : 'e-mail not verified')));
  button.dataset.person = person.id;
  button.addEventListener('click', () => run('step-person', () => signIn(person)));
  return make('li', {}, button);
}

onClick('exchange', 'step-id-token', () => exchange(session.nonce));
onClick('exchange-other-nonce', 'step-id-token', () => exchange(randomNonce()));
onClick('call', 'step-access-token', () => callApi(session.accessToken));
onClick('call-without', 'step-access-token', () => callApi(null));
onClick('call-tampered', 'step-access-token', () => callApi(tampered(session.accessToken)));
onClick('sign-out', 'step-person', () => {
  signOut();
  scrollTo({ top: 0 });
  document.querySelector('[data-person]').focus({ preventScroll: true });
  say('Signed out. The page has forgotten the tokens.');
});

setInterval(() => {
  for (const time of document.querySelectorAll('[data-at]')) time.textContent = fromNow(time.dataset.at);
}, 1000);

await run('step-person', async () => {
  setup = (await sendSuccessfully('/demo/people')).body;
  byId('people').replaceChildren(...setup.people.map(personItem));
});
