import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const BINARY = process.env['COUNTERSIGN'] ?? 'target/debug/countersign';

/** `countersign serve`, as a process of its own. */
export interface RunningService {
  readonly issuer: string;
  stop(): void;
}

/** Starts the service on a free port with a configuration that lacks issuer, address and keys. */
export async function startService(configuration: string): Promise<RunningService> {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-client-'));
  const keys = join(directory, 'keys');
  const config = join(directory, 'countersign.toml');
  const address = `127.0.0.1:${await freePort()}`;
  const issuer = `http://${address}`;
  execFileSync(BINARY, ['keys', 'generate', '--dir', keys], { stdio: 'pipe' });
  const own = [`issuer = "${issuer}"`, `listen = "${address}"`, 'shutdown.grace = "0"', `keys.directory = "${keys}"`];
  writeFileSync(config, [...own, configuration].join('\n'), { mode: 0o600 });
  const said: Buffer[] = [];
  const process = spawn(BINARY, ['serve', '--config', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  process.stderr.on('data', (piece: Buffer) => said.push(piece));
  const stop = () => {
    process.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  };
  for (let tries = 0; tries < 200; tries += 1) {
    if (process.exitCode !== null) break;
    const ready = await fetch(`${issuer}/readyz`).catch(() => undefined);
    if (ready?.ok) return { issuer, stop };
    await pause(50);
  }
  stop();
  throw new Error(`countersign serve does not start: ${Buffer.concat(said).toString()}`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
