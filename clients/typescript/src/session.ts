import { Alarm } from './alarm.js';
import { CountersignError } from './errors.js';
import { exchange } from './exchange.js';
import type { Credential, Service } from './exchange.js';
import { personOf, restore, store } from './token.js';
import type { Token, TokenStore } from './token.js';

/** How a session is kept up. */
export interface SessionOptions {
  /**
   * Brings a new credential of the same person, before the token expires: Google's prompt, an ID
   * token that the app has from elsewhere. `undefined` when the person would have to sign in.
   */
  readonly renew?: (() => Promise<Credential | undefined>) | undefined;
  /** How many seconds ahead of expiry to renew. At 80 % of the lifetime unless set. */
  readonly renewBefore?: number | undefined;
  /** Where the token outlives the page. In memory alone unless set: every script of the page can read this. */
  readonly store?: TokenStore | undefined;
  /** Told of every token, and of its end with `undefined`. */
  readonly onToken?: ((token: Token | undefined) => void) | undefined;
  /** Told of failures that no caller waits for. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

// Many tabs that were opened at the same moment must not all ask at the same moment.
const JITTER = 0.05;
const RETRY_SECONDS = 5;
const LONGEST_RETRY_SECONDS = 300;
// A request that is sent with less left than this may arrive too late.
const MARGIN_MS = 5_000;

/** One person's token, renewed ahead of expiry, until `signOut`. */
export class Session {
  readonly #service: Service;
  readonly #options: SessionOptions;
  readonly #alarm = new Alarm();
  #token: Token | undefined;
  #underWay: Promise<Token> | undefined;
  /** Whose answers still count: a sign-in or a `signOut` makes those of before worthless. */
  #turn = 0;

  constructor(service: Service, options: SessionOptions) {
    this.#service = service;
    this.#options = options;
    const kept = options.store && restore(options.store);
    if (kept) this.#keep(kept);
  }

  /** The token, while it is good. */
  get token(): Token | undefined {
    return this.#token && this.#token.expiresAt - MARGIN_MS > Date.now() ? this.#token : undefined;
  }

  /** Signs a person in by a credential, in place of whoever was. */
  signIn(credential: Credential): Promise<Token> {
    this.#turn += 1;
    return this.#follow(this.#obtain(credential, this.#turn));
  }

  /** Forgets the token; what is under way brings none. */
  signOut(): void {
    this.#turn += 1;
    this.#underWay = undefined;
    this.#keep(undefined);
  }

  /** Renews, or signs in without the person: once, however many ask for it meanwhile. */
  renew(): Promise<Token> {
    return this.#underWay ?? this.#follow(this.#renewed(this.#turn));
  }

  /**
   * Returns a token that is good. Waits for what is under way only when there is none: the one in
   * hand serves while its successor is fetched.
   */
  async live(): Promise<Token> {
    const token = this.token ?? (await this.#underWay);
    if (token) return token;
    // Who signed out is not signed in again by a request that comes late.
    if (!this.#token) throw new CountersignError('not_signed_in', 'nobody is signed in');
    return this.renew();
  }

  /** Returns another token than the one that an API refused. */
  async otherThan(refused: Token): Promise<Token> {
    const { token } = this;
    return token && token.accessToken !== refused.accessToken ? token : this.renew();
  }

  #follow(work: Promise<Token>): Promise<Token> {
    const followed = work.finally(() => {
      if (this.#underWay === followed) this.#underWay = undefined;
    });
    this.#underWay = followed;
    return followed;
  }

  async #renewed(turn: number): Promise<Token> {
    const credential = await this.#options.renew?.();
    this.#expectTurn(turn);
    if (!credential) throw new CountersignError('not_signed_in', 'nothing renews the token');
    return this.#obtain(credential, turn, this.#token);
  }

  async #obtain(credential: Credential, turn: number, before?: Token): Promise<Token> {
    const asked = Date.now();
    const { access_token: accessToken, expires_in, scope } = await exchange(this.#service, credential);
    this.#expectTurn(turn);
    if (before && personOf(before.accessToken) !== personOf(accessToken)) {
      throw new CountersignError('another_person', 'the renewal is of another person: sign out first');
    }
    const lifetime = expires_in * 1000;
    const expiresAt = asked + lifetime;
    const token = { accessToken, expiresAt, lifetime, ...(scope !== undefined && { scope }) };
    this.#keep(token);
    return token;
  }

  #expectTurn(turn: number): void {
    if (turn === this.#turn) return;
    throw new CountersignError('superseded', 'somebody signed in or out meanwhile');
  }

  #keep(token: Token | undefined): void {
    const { store: at, renew, onToken } = this.#options;
    this.#token = token;
    this.#alarm.clear();
    if (at) store(at, token);
    if (token && renew) this.#alarm.set(this.#renewAt(token), () => this.#renewAhead(token, RETRY_SECONDS));
    else if (token) this.#endWith(token);
    onToken?.(token);
  }

  #renewAt({ expiresAt, lifetime }: Token): number {
    const { renewBefore } = this.#options;
    const ahead = renewBefore === undefined ? 0.2 * lifetime : renewBefore * 1000;
    // However short a token lives, half of its life is used.
    return expiresAt - Math.min(ahead + JITTER * Math.random() * lifetime, lifetime / 2);
  }

  #endWith({ expiresAt }: Token): void {
    this.#alarm.set(expiresAt, () => this.#keep(undefined));
  }

  #renewAhead(token: Token, patience: number): void {
    this.renew().catch((error: unknown) => {
      if (this.#token !== token) return;
      this.#options.onError?.(error);
      if (!isWorthAnother(error)) return this.#endWith(token);
      const seconds = Math.max(error.retryAfter ?? 0, patience);
      const next = Math.min(2 * patience, LONGEST_RETRY_SECONDS);
      this.#alarm.set(Date.now() + seconds * 1000, () => this.#renewAhead(token, next));
    });
  }
}

/** A sign-in that came in between and failed left the old token as it was: that is renewed all the same. */
function isWorthAnother(error: unknown): error is CountersignError {
  return error instanceof CountersignError && (error.isRetryable || error.reason === 'superseded');
}
