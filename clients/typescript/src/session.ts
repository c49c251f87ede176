import { Alarm, until } from './alarm.js';
import { CountersignError } from './errors.js';
import { exchange } from './exchange.js';
import type { Credential } from './exchange.js';
import type { Service } from './service.js';
import { personOf, restore, store } from './token.js';
import type { Token, TokenStore } from './token.js';

/** How a session is kept up. */
export interface SessionOptions {
  /**
   * Brings a new credential of the same person, before the token expires: Google's prompt, an ID
   * token that the app has from elsewhere. `undefined` when the person would have to sign in. It
   * has until the token expires, or a minute when none is good; what it brings later is ignored.
   */
  readonly renew?: (() => Promise<Credential | undefined>) | undefined;
  /** How many seconds ahead of expiry to renew. At 80 % of the lifetime unless set. */
  readonly renewBefore?: number | undefined;
  /** Where the token outlives the page. In memory alone unless set: every script of the page can read this. */
  readonly store?: TokenStore | undefined;
  /** Told of every token, and of its end with `undefined`. */
  readonly onToken?: ((token: Token | undefined) => void) | undefined;
  /** Told of failures that no caller waits for, and when the token ends since `renew` brought nothing. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

// Many tabs that were opened at the same moment must not all ask at the same moment.
const JITTER = 0.05;
const RETRY_SECONDS = 5;
const LONGEST_RETRY_SECONDS = 300;
// A request that is sent with less left than this may arrive too late.
const MARGIN_MS = 5_000;
/** How long a call waits for a renewal when no token is good meanwhile. */
const PATIENCE_MS = 60_000;

/** One person's token, renewed ahead of expiry, until `signOut`. */
export class Session {
  readonly #service: Service;
  readonly #options: SessionOptions;
  readonly #abandon: () => void;
  readonly #ahead = new Alarm();
  readonly #end = new Alarm();
  /** The last token: until its successor is there, or nothing is to renew it. */
  #token: Token | undefined;
  /** What the app knows of. */
  #told: Token | undefined;
  #underWay: Promise<Token> | undefined;
  /** Whose answers still count: a sign-in or a `signOut` makes those of before worthless. */
  #turn = 0;
  /** Ends the wait for what `renew` brings. */
  #stop: ((error: CountersignError) => void) | undefined;

  /** `abandon` is called when nobody waits any more for what `renew` brings. */
  constructor(service: Service, options: SessionOptions, abandon: () => void = () => {}) {
    this.#service = service;
    this.#options = options;
    this.#abandon = abandon;
    const kept = options.store && restore(options.store, service);
    if (!kept) return;
    this.#hold(kept);
    // Later: the app may use in `onToken` what it is about to construct.
    queueMicrotask(() => {
      if (this.#token === kept) this.#tell(kept);
    });
  }

  /** The token, while it is good. */
  get token(): Token | undefined {
    return this.#token && this.#token.expiresAt - MARGIN_MS > Date.now() ? this.#token : undefined;
  }

  /** Signs a person in by a credential, in place of whoever was. */
  signIn(credential: Credential): Promise<Token> {
    this.#supersede();
    return this.#follow(this.#obtain(credential, this.#turn));
  }

  /** Forgets the token; what is under way brings none. */
  signOut(): void {
    this.#supersede();
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
    if (token && token.accessToken !== refused.accessToken) return token;
    // The renewal may go on for as long as the token in hand lives, which is of no use here.
    return until(Date.now() + PATIENCE_MS, this.renew(), tooLate);
  }

  #follow(work: Promise<Token>): Promise<Token> {
    const followed = work.finally(() => {
      if (this.#underWay === followed) this.#underWay = undefined;
    });
    this.#underWay = followed;
    return followed;
  }

  async #renewed(turn: number): Promise<Token> {
    const before = this.#token;
    const credential = await this.#credential();
    this.#expectTurn(turn);
    if (!credential) throw new CountersignError('not_signed_in', 'nothing renews the token');
    return this.#obtain(credential, turn, before);
  }

  /** What `renew` brings: while the token in hand is good, or else before patience ends. */
  async #credential(): Promise<Credential | undefined> {
    const due = this.token?.expiresAt ?? Date.now() + PATIENCE_MS;
    const stopped = new Promise<never>((_, reject) => {
      this.#stop = reject;
    });
    return until(due, Promise.race([this.#options.renew?.(), stopped]), () => this.#giveUp());
  }

  #giveUp(): CountersignError {
    const error = tooLate();
    const hadToken = this.#token !== undefined;
    this.#underWay = undefined;
    this.#abandon();
    this.#keep(undefined);
    if (hadToken) this.#options.onError?.(error);
    return error;
  }

  #supersede(): void {
    this.#turn += 1;
    this.#stop?.(superseded());
    this.#abandon();
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
    if (turn !== this.#turn) throw superseded();
  }

  #keep(token: Token | undefined): void {
    this.#hold(token);
    this.#tell(token);
  }

  #hold(token: Token | undefined): void {
    this.#token = token;
    this.#ahead.clear();
    this.#end.clear();
    if (!token) return;
    if (!this.#options.renew) return this.#endWith(token);
    // In this order: a page that wakes up past both renews before it says that the token is over.
    this.#ahead.set(this.#renewAt(token), () => this.#renewAhead(token, RETRY_SECONDS));
    this.#end.set(token.expiresAt, () => this.#tell(undefined));
  }

  #tell(token: Token | undefined): void {
    const { store: at, onToken } = this.#options;
    if (at) store(at, this.#service, token);
    if (token === this.#told) return;
    this.#told = token;
    onToken?.(token);
  }

  #renewAt({ expiresAt, lifetime }: Token): number {
    const { renewBefore } = this.#options;
    const ahead = renewBefore === undefined ? 0.2 * lifetime : renewBefore * 1000;
    // However short a token lives, half of its life is used.
    return expiresAt - Math.min(ahead + JITTER * Math.random() * lifetime, lifetime / 2);
  }

  /** Nothing renews this one. */
  #endWith({ expiresAt }: Token): void {
    this.#end.set(expiresAt, () => this.#keep(undefined));
  }

  #renewAhead(token: Token, patience: number): void {
    const isOver = () => token.expiresAt <= Date.now();
    // After a long sleep the app hears of a new token, or else of the end.
    if (isOver()) this.#end.clear();
    this.renew().catch((error: unknown) => {
      if (this.#token !== token) return;
      if (!isSuperseded(error)) this.#options.onError?.(error);
      if (!isWorthAnother(error)) return this.#endWith(token);
      if (isOver()) this.#tell(undefined);
      const seconds = Math.max(error.retryAfter ?? 0, patience);
      const next = Math.min(2 * patience, LONGEST_RETRY_SECONDS);
      this.#ahead.set(Date.now() + seconds * 1000, () => this.#renewAhead(token, next));
    });
  }
}

/** A sign-in that came in between and failed left the old token as it was: that is renewed all the same. */
function isWorthAnother(error: unknown): error is CountersignError {
  return error instanceof CountersignError && (error.isRetryable || isSuperseded(error));
}

function isSuperseded(error: unknown): boolean {
  return error instanceof CountersignError && error.reason === 'superseded';
}

function superseded(): CountersignError {
  return new CountersignError('superseded', 'somebody signed in or out meanwhile');
}

function tooLate(): CountersignError {
  return new CountersignError('not_signed_in', 'the renewal brought nothing in time');
}
