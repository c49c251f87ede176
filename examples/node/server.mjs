// An API that takes the issuer's tokens. README.md says how to run it.
import express from 'express';
import { keysOf, requireToken } from './tokens.mjs';

const {
  ISSUER: issuer = 'https://id.example.com',
  AUDIENCE: audience = 'https://api.example.com',
  HOST: host = '127.0.0.1',
  PORT: port = '3000',
} = process.env;

const authenticated = requireToken({ keys: keysOf(issuer), issuer, audience });

const api = express().disable('x-powered-by');
api.get('/me', authenticated, (request, response) => {
  response.json({ sub: request.caller.sub });
});
// For a gateway that asks before it passes a request on: `auth_request` of nginx, `forwardAuth` of Traefik.
api.get('/verify', authenticated, (request, response) => {
  response.set('X-Subject', request.caller.sub).status(204).end();
});
api.listen(Number(port), host);
