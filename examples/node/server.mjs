// An API that takes the issuer's tokens. README.md says how to run it.
import cors from 'cors';
import express from 'express';
import { keysOf, requireToken } from './tokens.mjs';

const {
  ISSUER: issuer = 'https://id.example.com',
  AUDIENCE: audience = 'https://api.example.com',
  ORIGIN: origin = 'https://app.example.com',
  HOST: host = '127.0.0.1',
  PORT: port = '3000',
} = process.env;

// For pages of that origin: a browser asks by OPTIONS, without a token, before it sends one. A list, so that
// other origins get no header at all.
const forPages = cors({
  origin: [origin],
  methods: ['GET'],
  allowedHeaders: ['Authorization'],
  exposedHeaders: ['Retry-After', 'WWW-Authenticate'],
  maxAge: 600,
});
const authenticated = requireToken({ keys: keysOf(issuer), issuer, audience });

const api = express().disable('x-powered-by');
api.use('/me', forPages);
api.get('/me', authenticated, (request, response) => {
  const { sub, name } = request.caller;
  response.json({ sub, name });
});
// For a gateway that asks before it passes a request on: `auth_request` of nginx, or `forwardAuth` of Traefik with
// `authResponseHeaders: [X-Subject]`, without which the API gets what the client sent by that name. Whatever the method:
// some gateways keep that of the request, and OPTIONS would be answered by express itself.
api.all('/verify', authenticated, (request, response) => {
  response.set('X-Subject', request.caller.sub).status(204).end();
});
api.listen(Number(port), host);
