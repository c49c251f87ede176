import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a server was asked. */
export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What it answers. An object is sent as JSON. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | object;
}

/** A server on loopback that keeps what it was asked. */
export interface RunningServer {
  readonly origin: string;
  readonly asked: Asked[];
  stop(): Promise<void>;
}

/** Starts a server; `answer` may be given later than the server's address is known. */
export async function startServer(
  answer: (asked: Asked, origin: string) => Reply | Promise<Reply>,
  host = '127.0.0.1',
): Promise<RunningServer> {
  const asked: Asked[] = [];
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const { method = 'GET', headers } = request;
    const one = { method, url: new URL(request.url ?? '/', origin), headers, body: Buffer.concat(pieces).toString() };
    asked.push(one);
    const reply = await answer(one, origin);
    const isJson = typeof reply.body === 'object';
    const type = isJson ? { 'content-type': 'application/json' } : {};
    response.writeHead(reply.status ?? 200, { ...type, ...reply.headers });
    response.end(isJson ? JSON.stringify(reply.body) : reply.body);
  };
  const server = createServer((request, response) => {
    respond(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const origin = `http://${host}:${(server.address() as AddressInfo).port}`;
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { origin, asked, stop };
}
