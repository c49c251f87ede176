import { afterEach, beforeEach } from 'node:test';
import { Countersign } from 'countersign';
import type { Token } from 'countersign';
import type { SessionOptions } from '../../src/session.js';
import { API, Answers, CREDENTIAL } from './answers.js';
import { FakePage } from './page.js';

/** A session of a test: its page, the service's answers, and what the app was told. */
export interface Watched {
  answers: Answers;
  page: FakePage;
  /** How often `renew` was called. */
  renewals: number;
  tokens: (Token | undefined)[];
  errors: unknown[];
  client(more?: SessionOptions): Countersign;
}

/** Makes everything anew for each test of the file. */
export function watch(): Watched {
  const watched = { client } as Watched;
  beforeEach(() => {
    const page = new FakePage('https://app.example.com/');
    page.open();
    Object.assign(watched, { page, answers: Answers.start(), renewals: 0, tokens: [], errors: [] });
  });
  afterEach(() => {
    watched.answers.stop();
    watched.page.close();
  });
  return watched;

  function client(more: SessionOptions = {}): Countersign {
    return new Countersign({
      issuer: 'https://id.example.com',
      clientId: 'spa',
      apis: [API],
      renew: async () => {
        watched.renewals += 1;
        return CREDENTIAL;
      },
      onToken: (token) => watched.tokens.push(token),
      onError: (error) => watched.errors.push(error),
      ...more,
    });
  }
}
