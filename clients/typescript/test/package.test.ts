import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const HERE = join(process.env['ROOT'] ?? '../..', 'clients/typescript');
const APP = process.env['INSTALLED'] ?? '';
const read = (...path: string[]) => readFileSync(join(...path), 'utf8');
const readme = read(HERE, 'README.md');

test('the package cannot be published by mistake, and the README installs it by its path alone', () => {
  const { name, version, private: isPrivate } = JSON.parse(read(HERE, 'package.json')) as Record<string, unknown>;
  assert.equal(isPrivate, true);
  assert.ok(readme.includes(`npm install ./${name}-${version}.tgz`), 'the file that npm pack makes');
  const installs = [...readme.matchAll(/npm (?:install|i|add)\b ?([^\s`&]*)/g)].map(([, what]) => what);
  assert.ok(installs.length >= 3);
  for (const what of installs) assert.match(what ?? '', /^(?:|\.\/.+)$/);
});

test('an app that installed it as the README says imports it, with its types', () => {
  const { dependencies } = JSON.parse(read(APP, 'package.json')) as { dependencies: Record<string, string> };
  assert.deepEqual(dependencies, { countersign: 'file:countersign-0.1.0.tgz' });
  assert.ok(readme.includes(`"countersign": "${dependencies['countersign']}"`));
  const script = "console.log(Object.keys(await import('countersign')).sort().join())";
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: APP, encoding: 'utf8' });
  assert.equal(printed.trim(), 'Countersign,CountersignError,PROVIDERS,exchange');
  assert.match(read(APP, 'node_modules/countersign/dist/index.d.ts'), /Countersign/);
});

test('it has no dependencies, so that an app gets this package alone', () => {
  const { packages } = JSON.parse(read(APP, 'package-lock.json')) as { packages: Record<string, unknown> };
  assert.deepEqual(Object.keys(packages), ['', 'node_modules/countersign']);
});

test('the README says what run installs', () => {
  const packages = [...read(HERE, 'run').matchAll(/need \w+ ([\w -]+)/g)].flatMap(([, names]) => names?.trim().split(' '));
  assert.deepEqual(packages, ['nodejs', 'npm', 'chromium']);
  const develop = readme.split('## Develop')[1] ?? '';
  for (const name of packages) assert.ok(develop.includes(`\`${name}\``), name);
});
