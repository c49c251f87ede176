// A browser's part in a sign-in, as far as the pages of the documentation need one. What the page wants is
// printed, a line each; what the provider answers is read, a line each.
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';

const [, , script, run, service] = process.argv;
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (value) => console.log(JSON.stringify(value));
const hear = async () => JSON.parse((await lines.next()).value);

const stored = new Map();
const sessionStorage = {
  getItem: (name) => stored.get(name) ?? null,
  setItem: (name, value) => stored.set(name, value),
  removeItem: (name) => stored.delete(name),
};
const location = { pathname: '/callback', search: '', assign: (address) => say({ assigned: address }) };
const history = { replaceState: (_state, _title, path) => { location.search = ''; location.pathname = path; } };
const document = { getElementById: (id) => ({ id }) };
let button;
const google = { accounts: { id: {
  initialize: (options) => { button = options; },
  renderButton: (element) => say({ rendered: element.id, client: button.client_id, nonce: button.nonce }),
} } };

// The service is at its name; the API says what it was sent.
async function fetchHere(address, options = {}) {
  const headers = { ...options.headers, Origin: 'https://app.example.com' };
  if (address.startsWith('https://api.example.com/')) {
    say({ api: address, authorization: headers.Authorization });
    return new Response('{}');
  }
  return fetch(address.replace('https://id.example.com', service), { ...options, headers });
}

const names = { sessionStorage, location, history, document, google, fetch: fetchHere };
const text = await readFile(script, 'utf8');
const evaluate = (last) => new Function(...Object.keys(names), `${text}\n${last}`)(...Object.values(names));

async function redirect() {
  const { signIn, finish } = evaluate('return { signIn, finish };');
  for (;;) {
    await signIn();
    const answer = await hear();
    if (answer === null) return;
    location.search = `?${new URLSearchParams(answer)}`;
    try {
      say({ token: await finish(), left: location.search, stored: stored.size });
    } catch (error) {
      say({ error: error.message, left: location.search, stored: stored.size });
    }
  }
}

async function buttonPressed() {
  evaluate('');
  try {
    await button.callback({ credential: (await hear()).credential });
  } catch (error) {
    say({ error: error.message });
  }
}

await (run === 'redirect' ? redirect() : buttonPressed());
process.exit(0);
