// Who is signed in. Tokens live in these variables only: the browser's storage would outlast the
// page.

export const session = {
  /** What the server says about itself, and whom there is to sign in as. */
  setup: null,
  /** Who it is; not known of a code that was not exchanged. */
  person: null,
  /** What the provider gave: an ID token or a code, with what the page made for it. */
  credential: null,
  accessToken: null,
};

export function forget() {
  Object.assign(session, { person: null, credential: null, accessToken: null });
}
