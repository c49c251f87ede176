// The page: who is signed in, and what each button does.

import { calls } from './api.js';
import { byId, forgetAfter, make, onClick, run, say, showStep } from './dom.js';
import { exchange, failures } from './exchange.js';
import { comeBack, goToProvider, idTokenFor } from './provider.js';
import { renew, stopRenewal } from './renewal.js';
import { sendSuccessfully } from './requests.js';
import { forget, session } from './session.js';
import { showToken } from './token-view.js';

function showPerson() {
  const { person, credential } = session;
  for (const button of document.querySelectorAll('[data-person]')) {
    button.ariaPressed = String(Boolean(credential?.idToken) && button.dataset.person === person?.id);
  }
  byId('session').hidden = !person;
  byId('session-name').textContent = person?.name ?? '';
  if (person) byId('session-picture').src = person.picture;
}

function signOut() {
  forget();
  stopRenewal();
  showPerson();
  forgetAfter('step-person');
}

/** Shows what is of the kind of the credential, and only that. */
function showKind(kind, spent = false) {
  for (const element of document.querySelectorAll('[data-kind]')) {
    element.hidden = element.dataset.kind !== kind || element.dataset.spent === String(!spent);
  }
  byId('exchange').hidden = spent;
}

async function signIn(person) {
  signOut();
  const credential = await idTokenFor(person);
  Object.assign(session, { person, credential });
  byId('id-token-request').textContent = ['POST /demo/provider/sign-in', 'Content-Type: application/json', '',
    JSON.stringify(credential.request, null, 2)].join('\n');
  showToken('id-token-view', credential.idToken, 'ID token');
  byId('nonce').textContent = credential.nonce;
  byId('credential-outcome').textContent = 'The provider issued an ID token';
  showPerson();
  showKind('id-token');
  showStep('step-credential', `The provider issued an ID token for ${person.name}.`);
}

function signedInByCode(credential) {
  signOut();
  session.credential = credential;
  const lines = (entries) => [...entries].map(([name, value]) => `${name}=${value}`).join('\n');
  byId('code-request').textContent = `GET /demo/provider/authorize\n\n${lines(Object.entries(credential.request))}`;
  byId('code-answer').textContent = `GET ${location.pathname}\n\n${lines(credential.answer)}`;
  byId('credential-outcome').textContent = 'The provider sent a code';
  showKind('code');
  showStep('step-credential', 'The provider sent a code.');
}

function personItem(person) {
  const line = (className, text) => make('span', { className }, text);
  const button = make('button', { type: 'button', ariaPressed: 'false' },
    make('img', { src: person.picture, alt: '', width: 40, height: 40 }),
    make('span', {},
      line('person-name', person.name),
      line('person-email', person.email),
      line('person-email', person.email_verified ? 'e-mail verified' : 'e-mail not verified')));
  button.dataset.person = person.id;
  button.addEventListener('click', () => run('step-person', () => signIn(person)));
  return make('li', {}, button);
}

onClick('go-to-provider', 'step-person', goToProvider);
onClick('exchange', 'step-credential', () => exchange(() => {
  showPerson();
  showKind('code', true);
}));
for (const [id, fail] of Object.entries(failures)) onClick(id, 'step-credential', fail);
for (const [id, call] of Object.entries(calls)) onClick(id, 'step-access-token', call);
onClick('renew', 'step-access-token', renew);
onClick('sign-out', 'step-person', () => {
  signOut();
  scrollTo({ top: 0 });
  document.querySelector('[data-person]').focus({ preventScroll: true });
  say('Signed out. The page has forgotten the tokens.');
});

await run('step-person', async () => {
  session.setup = (await sendSuccessfully('/demo/people')).body;
  byId('people').replaceChildren(...session.setup.people.map(personItem));
  const credential = await comeBack();
  if (credential) signedInByCode(credential);
});
