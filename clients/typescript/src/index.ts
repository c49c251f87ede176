export { Countersign } from './client.js';
export type { Options } from './client.js';
export { CountersignError } from './errors.js';
export type { ErrorDetails, PageReason, Reason, ServiceReason } from './errors.js';
export { exchange } from './exchange.js';
export type {
  AccessTokenCredential,
  CodeAnswer,
  CodeCredential,
  Credential,
  IdTokenCredential,
  TokenAnswer,
} from './exchange.js';
export type { GoogleButtonLook, GoogleOptions } from './google.js';
export { PROVIDERS } from './providers.js';
export type { ProviderName, ProviderOptions, ProviderRow } from './providers.js';
export type { Service } from './service.js';
export type { SessionOptions } from './session.js';
export type { Token, TokenStore } from './token.js';
