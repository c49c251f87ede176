import { FakeProvider, APP } from './provider.js';
import { startServer } from './http.js';
import type { RunningServer } from './http.js';
import { startService } from './service.js';
import type { RunningService } from './service.js';

/** Google's client ID in the tests. */
export const GOOGLE_APP = 'app.apps.googleusercontent.com';
/** The audience of the tokens. */
export const AUDIENCE = 'https://api.example.com';

/** The service, running, and the provider whose credentials it takes. */
export interface World {
  readonly service: RunningService;
  readonly provider: FakeProvider;
  stop(): Promise<void>;
}

/** Starts a provider and the service. `pages` may use its clients from a browser. */
export async function startWorld(pages: readonly string[] = ['https://app.example.com']): Promise<World> {
  const provider = await FakeProvider.start();
  const service = await startService(configuration(provider.origin, pages)).catch(async (error: unknown) => {
    await provider.stop();
    throw error;
  });
  const stop = async () => {
    service.stop();
    await provider.stop();
  };
  return { service, provider, stop };
}

/** A server where nothing answers as the service does. */
export function startStranger(status: number): Promise<RunningServer> {
  return startServer(() => ({ status, body: '<h1>Bad gateway</h1>', headers: { 'retry-after': 'soon' } }));
}

function configuration(provider: string, pages: readonly string[]): string {
  const list = (values: readonly string[]) => JSON.stringify(values);
  const app = `client_ids = ["${APP.id}"]\nclient_secret = "${APP.secret}"`;
  const client = (id: string, more: string) => `
[[clients]]
id = "${id}"
audience = ["${AUDIENCE}", "https://files.example.com"]
origins = ${list(pages)}
redirect_uris = ${list(pages.flatMap((page) => ['', '/acme', '?of=acme'].map((own) => `${page}/callback${own}`)))}
scopes = ["read", "write"]
${more}`;
  return `
limits.requests_per_minute = 0
outbound.timeout = "2s"
${client('spa', 'lifetime = "10m"')}
${client('brief', 'lifetime = "1m"')}

[providers.acme]
kind = "oidc"
issuer = "${provider}"
${app}

[providers.away]
kind = "oidc"
issuer = "http://127.0.0.1:9"
${app}

[catalogue.github-here]
extends = "github"
namespace = "https://github.example"
[catalogue.github-here.profile]
url = "${provider}/user"
[catalogue.github-here.profile.emails]
url = "${provider}/user/emails"
[catalogue.github-here.binding]
url = "${provider}/applications/{client_id}/token"
[catalogue.github-here.code]
token_endpoint = "${provider}/login/oauth/access_token"
[providers.github]
catalogue = "github-here"
${app}

[catalogue.google-here]
extends = "google"
namespace = "https://google.example"
[catalogue.google-here.id_token]
jwks_uri = "${provider}/jwks"
[providers.google]
catalogue = "google-here"
client_ids = ["${GOOGLE_APP}"]
nonce = "required"
`;
}
