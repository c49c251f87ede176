import { fetchWithToken, originsOf } from './api.js';
import type { Credential } from './exchange.js';
import { Google } from './google.js';
import type { GoogleButtonLook, GoogleOptions } from './google.js';
import { rowOf } from './providers.js';
import type { ProviderOptions } from './providers.js';
import { begin, take } from './redirect.js';
import type { Destination } from './redirect.js';
import { ownerOf } from './service.js';
import type { Service } from './service.js';
import { Session } from './session.js';
import type { SessionOptions } from './session.js';
import type { Token } from './token.js';

/** What an app says of itself, once. */
export interface Options<Name extends string> extends Service, SessionOptions {
  /** Where providers send people back to, unless theirs is another: one of the client's `redirect_uris`. */
  readonly redirectUri?: string;
  /** The providers to sign in with by redirect, by their names at the service. */
  readonly providers?: Readonly<Record<Name, ProviderOptions>>;
  /** Google's button and prompt. */
  readonly google?: GoogleOptions;
  /** The APIs that get the token: their origins. No other ever does. */
  readonly apis?: readonly string[];
}

/** Signs people in, keeps their token good, and calls APIs with it. */
export class Countersign<Name extends string = string> {
  readonly #session: Session;
  readonly #destinations: readonly Destination[];
  /** Whose sign-ins are finished here. */
  readonly #owner: string;
  readonly #google: Google | undefined;
  readonly #origins: ReadonlySet<string>;
  readonly #onError: (error: unknown) => void;
  #finishing: Promise<Token | undefined> | undefined;

  constructor(options: Options<Name>) {
    this.#google = options.google && new Google(options.google);
    this.#session = new Session(options, options, () => this.#google?.cancel());
    this.#destinations = Object.entries<ProviderOptions>(options.providers ?? {}).map(
      ([name, provider]) => {
        const { clientId, redirectUri = options.redirectUri } = provider;
        return { name, clientId, redirectUri, row: rowOf(name, provider) };
      },
    );
    this.#owner = ownerOf(options, options.redirectUri);
    this.#origins = originsOf(options.apis ?? []);
    this.#onError = options.onError ?? ((error) => reportError(error));
  }

  /** The token, while it is good. */
  get token(): Token | undefined {
    return this.#session.token;
  }

  /**
   * Goes to a provider. The page ends here; `finish` goes on at the redirect URI.
   * `further` are parameters of the provider's: `{ prompt: 'select_account' }`, for instance.
   */
  async signIn(provider: Name, further: Readonly<Record<string, string>> = {}): Promise<void> {
    const destination = this.#destinations.find(({ name }) => name === provider);
    if (!destination) throw new TypeError(`provider '${provider}' is not one of the options' providers`);
    await begin(this.#owner, destination, further);
  }

  /**
   * Takes the provider's answer, when the page was opened by one, and redeems its code. To be called
   * at every start: brings `undefined` when the page is not at a redirect URI with an answer.
   */
  finish(): Promise<Token | undefined> {
    this.#finishing ??= this.#finish();
    return this.#finishing;
  }

  /** Signs in by a credential that the app has from elsewhere. */
  exchange(credential: Credential): Promise<Token> {
    return this.#session.signIn(credential);
  }

  /** Draws Google's button; who signs in by it is signed in here, and `onToken` is told. */
  async googleButton(element: HTMLElement, look: GoogleButtonLook = {}): Promise<void> {
    await this.#withGoogle().button(element, look, (credential) => {
      this.#session.signIn(credential).catch(this.#onError);
    });
  }

  /** Shows Google's prompt and brings its credential: what `renew` is made of, for Google. */
  googlePrompt(): Promise<Credential | undefined> {
    return this.#withGoogle().prompt();
  }

  /** Renews the token: once, however many ask for it meanwhile. */
  renew(): Promise<Token> {
    return this.#session.renew();
  }

  /** `fetch`, with the token for the origins in `apis`. */
  readonly fetch = (...call: Parameters<typeof fetch>): Promise<Response> =>
    fetchWithToken(this.#session, this.#origins, call);

  /** Forgets the token and stops renewing. Google's prompt signs nobody in again without a click. */
  signOut(): void {
    // First: the app may show the prompt as soon as it is told.
    this.#google?.signOut();
    this.#session.signOut();
  }

  async #finish(): Promise<Token | undefined> {
    const credential = take(this.#owner, this.#destinations);
    return credential && this.#session.signIn(credential);
  }

  #withGoogle(): Google {
    if (!this.#google) throw new TypeError("Google's button and prompt need the option google");
    return this.#google;
  }
}
