import { createHash, randomUUID } from 'node:crypto';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import type { CryptoKey, JWK, JWTPayload } from 'jose';
import { startServer } from './http.js';
import type { Asked, Reply, RunningServer } from './http.js';

/** The app at the provider. */
export const APP = { id: 'app', secret: 'app-secret' } as const;

const KID = 'provider-key';
const OCTOCAT = { id: 583231, login: 'octocat', name: 'The Octocat', type: 'User', email: null, avatar_url: null };

/** An OpenID provider that also speaks as GitHub does, with everybody signed in as one person. */
export class FakeProvider {
  /** Who signs in next. */
  person = 'ada';
  /** The error of the next sign-in, in place of a code. */
  refuses: string | undefined;
  /** Puts another `iss` into its answers than its own, or with '' none. */
  callsItself: string | undefined;
  /** Puts another nonce into its ID tokens than it was sent. */
  nonce: string | undefined;
  readonly #server: RunningServer;
  readonly #keys: { privateKey: CryptoKey; jwk: JWK };
  readonly #questions = new Map<string, URLSearchParams>();

  private constructor(server: RunningServer, keys: { privateKey: CryptoKey; jwk: JWK }) {
    this.#server = server;
    this.#keys = keys;
  }

  static async start(): Promise<FakeProvider> {
    const { privateKey, publicKey } = await generateKeyPair('RS256');
    const jwk = { ...(await exportJWK(publicKey)), kid: KID, alg: 'RS256', use: 'sig' };
    const server = await startServer((asked) => provider.#answer(asked));
    const provider = new FakeProvider(server, { privateKey, jwk });
    return provider;
  }

  get origin(): string {
    return this.#server.origin;
  }

  /** The authorization requests that came, as the parameters of each. */
  get questions(): URLSearchParams[] {
    return this.askedAt('/authorize').map(({ url }) => url.searchParams);
  }

  askedAt(path: string): Asked[] {
    return this.#server.asked.filter(({ url }) => url.pathname === path);
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }

  /** An ID token that is good, but for what `claims` say. */
  idToken(claims: JWTPayload = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const good = { iss: this.origin, aud: APP.id, sub: this.person, iat: now, exp: now + 600 };
    const profile = { name: `${this.person} of the test`, email: `${this.person}@example.com` };
    return new SignJWT({ ...good, ...profile, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: KID, typ: 'JWT' })
      .sign(this.#keys.privateKey);
  }

  /** Notes a question and returns its code, as the authorization endpoint does. */
  code(question: URLSearchParams): string {
    const code = randomUUID();
    this.#questions.set(code, question);
    return code;
  }

  #answer({ method, url, body }: Asked): Reply | Promise<Reply> {
    switch (`${method} ${url.pathname}`) {
      case 'GET /.well-known/openid-configuration':
        return { body: this.#discovery() };
      case 'GET /jwks':
        return { body: { keys: [this.#keys.jwk] } };
      case 'GET /authorize':
        return this.#authorize(url.searchParams);
      case 'POST /token':
        return this.#redeem(new URLSearchParams(body), true);
      case 'POST /login/oauth/access_token':
        return this.#redeem(new URLSearchParams(body), false);
      case `POST /applications/${APP.id}/token`:
        return { body: { app: { client_id: APP.id }, user: OCTOCAT, expires_at: null } };
      case 'GET /user':
        return { body: OCTOCAT };
      case 'GET /user/emails':
        return { body: [{ email: 'octocat@example.com', primary: true, verified: true }] };
      default:
        return { status: 404 };
    }
  }

  #discovery(): object {
    const { origin } = this;
    return {
      issuer: origin,
      authorization_endpoint: `${origin}/authorize`,
      token_endpoint: `${origin}/token`,
      jwks_uri: `${origin}/jwks`,
      token_endpoint_auth_methods_supported: ['client_secret_post'],
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      code_challenge_methods_supported: ['S256'],
    };
  }

  #authorize(question: URLSearchParams): Reply {
    const location = new URL(question.get('redirect_uri') ?? '');
    const outcome = this.refuses === undefined ? { code: this.code(question) } : { error: this.refuses };
    const iss = this.callsItself ?? this.origin;
    const answer = { ...outcome, state: question.get('state') ?? '', ...(iss && { iss }) };
    for (const [name, value] of Object.entries(answer)) location.searchParams.set(name, value);
    return { status: 302, headers: { location: location.href } };
  }

  async #redeem(sent: URLSearchParams, withIdToken: boolean): Promise<Reply> {
    const code = sent.get('code') ?? '';
    const question = this.#questions.get(code);
    this.#questions.delete(code);
    const challenged = question?.get('code_challenge') ?? undefined;
    const verifier = sent.get('code_verifier');
    const proof = verifier === null ? undefined : createHash('sha256').update(verifier).digest('base64url');
    const isGood =
      question !== undefined &&
      challenged === proof &&
      question.get('redirect_uri') === sent.get('redirect_uri') &&
      sent.get('client_id') === APP.id &&
      sent.get('client_secret') === APP.secret;
    if (!isGood) return { status: 400, body: { error: 'invalid_grant' } };
    const answer = { access_token: randomUUID(), token_type: 'bearer', scope: 'read:user,user:email' };
    const nonce = this.nonce ?? question.get('nonce') ?? undefined;
    const claims = nonce === undefined ? {} : { nonce };
    return { body: withIdToken ? { ...answer, id_token: await this.idToken(claims) } : answer };
  }
}
