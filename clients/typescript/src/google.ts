import { CountersignError } from './errors.js';
import type { IdTokenCredential } from './exchange.js';
import { randomText } from './pkce.js';

/** How Google Identity Services is used. */
export interface GoogleOptions {
  /** The client ID of the web app at Google. */
  readonly clientId: string;
  /** Loads Google's script when it is wanted. Unless set the page has it: nothing is loaded. */
  readonly load?: boolean;
  /** Lets the prompt sign a person in again without a click. */
  readonly autoSelect?: boolean;
  /** The provider's name at the service. The ID token's `iss` picks it unless set. */
  readonly provider?: string;
}

/** How the button looks: Google's `GsiButtonConfiguration`. */
export type GoogleButtonLook = Readonly<Record<string, string | number | boolean>>;

interface PromptMoment {
  isNotDisplayed?(): boolean;
  isSkippedMoment(): boolean;
  isDismissedMoment(): boolean;
  getDismissedReason(): string;
}

interface Accounts {
  initialize(options: {
    client_id: string;
    nonce: string;
    auto_select: boolean;
    callback: (answer: { credential: string }) => void;
  }): void;
  renderButton(element: HTMLElement, look: Readonly<Record<string, unknown>>): void;
  prompt(moment: (moment: PromptMoment) => void): void;
  cancel?(): void;
  disableAutoSelect?(): void;
}

type Receiver = (credential: IdTokenCredential | undefined) => void;

/** Gets what a prompt brings that nobody waits for any more. */
const NOBODY: Receiver = () => {};
const SCRIPT = 'https://accounts.google.com/gsi/client';

/**
 * Google's button and prompt. Google's script knows one nonce and one callback at a time, so both
 * share them: who waits for the prompt gets the credential, else who drew the button.
 */
export class Google {
  readonly #options: GoogleOptions;
  #ready: Promise<Accounts> | undefined;
  #ofButton: ((credential: IdTokenCredential) => void) | undefined;
  #ofPrompt: Receiver | undefined;
  /** How often prompts were given up: one that waited for the script meanwhile is not shown. */
  #cancelled = 0;
  #isSignedOut = false;

  constructor(options: GoogleOptions) {
    this.#options = options;
  }

  /** Draws the button, and hands over the credential of everybody who signs in by it. */
  async button(
    element: HTMLElement,
    look: GoogleButtonLook,
    receive: (credential: IdTokenCredential) => void,
  ): Promise<void> {
    const accounts = await this.#accounts();
    this.#ofButton = receive;
    // Who clicks means the button, even while a prompt that was given up is still shown.
    const click_listener = () => {
      if (this.#ofPrompt === NOBODY) this.#ofPrompt = undefined;
    };
    accounts.renderButton(element, { type: 'standard', ...look, click_listener });
  }

  /** Shows the prompt. Brings `undefined` when Google does not show it or the person closes it. */
  async prompt(): Promise<IdTokenCredential | undefined> {
    const cancelled = this.#cancelled;
    const accounts = await this.#accounts();
    if (cancelled !== this.#cancelled) return undefined;
    this.#ofPrompt?.(undefined);
    return new Promise((resolve) => {
      this.#ofPrompt = resolve;
      accounts.prompt((moment) => {
        if (!isOver(moment)) return;
        if (this.#ofPrompt === resolve) this.#ofPrompt = undefined;
        resolve(undefined);
      });
    });
  }

  /** Gives up the prompt that is shown. What it brings all the same does not count as a click on the button. */
  cancel(): void {
    this.#cancelled += 1;
    if (!this.#ofPrompt || this.#ofPrompt === NOBODY) return;
    this.#ofPrompt(undefined);
    this.#ofPrompt = NOBODY;
    present()?.cancel?.();
  }

  /** Lets nobody be signed in again by the prompt without a click. */
  signOut(): void {
    this.cancel();
    this.#isSignedOut = true;
    present()?.disableAutoSelect?.();
  }

  #accounts(): Promise<Accounts> {
    this.#ready ??= this.#initialize().catch((error: unknown) => {
      // What did not load may load the next time.
      this.#ready = undefined;
      throw error;
    });
    return this.#ready;
  }

  async #initialize(): Promise<Accounts> {
    if (!present() && this.#options.load) await load();
    const accounts = present();
    if (!accounts) {
      throw new CountersignError('google_unavailable', `${SCRIPT} is not in the page`);
    }
    const { clientId, autoSelect, provider } = this.#options;
    const nonce = randomText();
    accounts.initialize({
      client_id: clientId,
      nonce,
      auto_select: autoSelect ?? false,
      callback: ({ credential: idToken }) => {
        const receive = this.#ofPrompt ?? this.#ofButton;
        this.#ofPrompt = undefined;
        receive?.({ idToken, nonce, ...(provider !== undefined && { provider }) });
      },
    });
    // Who signed out before the script was there.
    if (this.#isSignedOut) accounts.disableAutoSelect?.();
    return accounts;
  }
}

/** Whether a prompt ended without a credential, or was not even shown. */
function isOver(moment: PromptMoment): boolean {
  const isClosed = moment.isDismissedMoment() && moment.getDismissedReason() !== 'credential_returned';
  return isClosed || moment.isSkippedMoment() || (moment.isNotDisplayed?.() ?? false);
}

function present(): Accounts | undefined {
  return (globalThis as { google?: { accounts?: { id?: Accounts } } }).google?.accounts?.id;
}

function load(): Promise<void> {
  const script = document.createElement('script');
  script.src = SCRIPT;
  return new Promise((resolve, reject) => {
    script.onload = () => resolve();
    script.onerror = () => {
      script.remove();
      reject(new CountersignError('google_unavailable', `${SCRIPT} did not load`));
    };
    document.head.append(script);
  });
}
