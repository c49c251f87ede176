import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { PROVIDERS } from 'countersign';
import type { ProviderRow } from 'countersign';
import { parse } from 'smol-toml';
import { rowOf } from '../src/providers.js';

interface CatalogueRow {
  readonly scopes?: string;
  readonly id_token?: { readonly issuers?: string[]; readonly discovery?: string; readonly nonce_forms?: string[] };
  readonly profile?: { readonly scope?: string };
  readonly code?: { readonly pkce?: boolean };
  readonly settings?: { readonly api_version?: { default: string }; readonly api_url?: { default: string } };
}

const directory = join(process.env['ROOT'] ?? '../..', 'src/provider/catalogue');
const catalogue = Object.assign(
  {},
  ...readdirSync(directory).map((name) => parse(readFileSync(join(directory, name), 'utf8'))),
) as Record<string, CatalogueRow>;
const scopesOf = (text: string): readonly string[] => text.match(/[a-z_:]+/g) ?? [];

for (const [name, row] of Object.entries<ProviderRow>(PROVIDERS)) {
  test(`the row of ${name} agrees with the service's catalogue`, () => {
    const theirs = catalogue[name];
    assert.ok(theirs);
    assert.equal(row.pkce, theirs.code?.pkce ?? true, 'pkce');
    const asksForIdToken = scopesOf(row.scope).includes('openid');
    const echoesNonce = theirs.id_token !== undefined && theirs.id_token.nonce_forms?.length !== 0;
    assert.equal(row.nonce, asksForIdToken && echoesNonce, 'nonce');
    const asked = new Set(scopesOf(row.scope));
    for (const scope of scopesOf(theirs.profile?.scope ?? '')) assert.ok(asked.has(scope), scope);
    const issuers = [...(theirs.id_token?.issuers ?? []), theirs.settings?.api_url?.default];
    if (row.issuer !== undefined) assert.ok(issuers.includes(row.issuer), row.issuer);
    const version = theirs.settings?.api_version?.default;
    if (row.authorize.includes('/v24.0/')) assert.equal(version, '24.0');
    assert.equal(new URL(row.authorize).protocol, 'https:');
  });
}

test('a provider that is not built in needs a whole row', () => {
  const row = { authorize: 'https://login.example.com/authorize', scope: 'openid', pkce: true, nonce: true };
  assert.throws(() => rowOf('acme', { clientId: 'app' }), /give authorize, scope, pkce and nonce/);
  assert.throws(() => rowOf('constructor', { clientId: 'app' }), TypeError);
  assert.equal(rowOf('acme', { clientId: 'app', ...row }).authorize, row.authorize);
});

test('a row can be another one of the catalogue, with parts of its own', () => {
  const row = rowOf('work', { clientId: 'app', catalogue: 'google', parameters: { hd: 'example.com' } });
  assert.equal(row.authorize, PROVIDERS.google.authorize);
  assert.deepEqual(row.parameters, { hd: 'example.com' });
});
