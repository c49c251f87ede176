// Generated from openapi/openapi.yaml by `npm run generate`; a test compares the two.

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * TokenRequest
         * @description The parameters of `/token`. Which are required depends on `grant_type`.
         */
        TokenRequest: {
            /**
             * @description `urn:ietf:params:oauth:grant-type:token-exchange` (RFC 8693), `authorization_code` (a
             *     provider's), or `convert_token`.
             * @example urn:ietf:params:oauth:grant-type:token-exchange
             */
            grant_type: string;
            /**
             * @description The client's ID. Not needed with HTTP Basic.
             * @example spa
             */
            client_id?: string;
            /**
             * A secret of a request; it becomes a `Secret` in the first line of its handler.
             * @description Token exchange, required: the credential.
             * @example eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.e30.c2lnbmF0dXJl
             */
            subject_token?: string;
            /**
             * @description Token exchange, required: `urn:ietf:params:oauth:token-type:id_token`, `…:jwt` or
             *     `…:access_token`.
             * @example urn:ietf:params:oauth:token-type:id_token
             */
            subject_token_type?: string;
            /**
             * @description Whose credential it is: a configured provider, or a name of the catalogue. Required for
             *     access tokens and codes; the `iss` of an ID token picks among the client's providers.
             * @example google
             */
            provider?: string;
            /**
             * @description Read as `provider`.
             * @example
             */
            subject_issuer?: string;
            /**
             * @description Read as `provider`; required for `convert_token`.
             * @example
             */
            backend?: string;
            /**
             * A secret of a request; it becomes a `Secret` in the first line of its handler.
             * @description `convert_token`, required: the credential.
             * @example
             */
            token?: string;
            /**
             * A secret of a request; it becomes a `Secret` in the first line of its handler.
             * @description `authorization_code`, required: the code that the provider sent to the page.
             * @example
             */
            code?: string;
            /**
             * @description `authorization_code`, required: that of the authorization request, one of the client's.
             * @example
             */
            redirect_uri?: string;
            /**
             * A secret of a request; it becomes a `Secret` in the first line of its handler.
             * @description `authorization_code`: what the `code_challenge` was made of (RFC 7636 §4.1). Left out
             *     at providers that know no PKCE.
             * @example
             */
            code_verifier?: string;
            /**
             * @description For which of the client's audiences the token is to be; repeatable. All when absent.
             * @example []
             */
            audience?: string[];
            /**
             * @description Read as `audience` (RFC 8707); repeatable.
             * @example []
             */
            resource?: string[];
            /**
             * @description Scopes, space-separated. All of the client's when absent.
             * @example
             */
            scope?: string;
            /**
             * @description `urn:ietf:params:oauth:token-type:access_token` or `…:jwt`.
             * @example
             */
            requested_token_type?: string;
            /**
             * A secret of a request; it becomes a `Secret` in the first line of its handler.
             * @description The nonce of the authentication request, to be compared with the ID token's.
             * @example
             */
            nonce?: string;
            /**
             * A secret of a request; it becomes a `Secret` in the first line of its handler.
             * @description For clients that have a secret.
             * @example
             */
            client_secret?: string;
        };
        /**
         * TokenAnswer
         * @description The answer to a token exchange (RFC 8693 §2.2.1).
         */
        TokenAnswer: {
            /** @description Our JWT, compact JWS with `typ` `at+jwt` (RFC 9068). */
            access_token: string;
            /** @description The `requested_token_type`, or `urn:ietf:params:oauth:token-type:access_token`. */
            issued_token_type: string;
            /** @description `Bearer`. */
            token_type: string;
            /**
             * Format: uint64
             * @description Seconds until the token expires.
             */
            expires_in: number;
            /** @description The granted scopes, when they differ from those asked for. */
            scope?: string;
        };
        /**
         * CodeAnswer
         * @description The answer to `authorization_code` (RFC 6749 §5.1).
         */
        CodeAnswer: {
            /** @description Our JWT, compact JWS with `typ` `at+jwt` (RFC 9068). */
            access_token: string;
            /** @description `Bearer`. */
            token_type: string;
            /**
             * Format: uint64
             * @description Seconds until the token expires.
             */
            expires_in: number;
            /** @description The granted scopes, when they differ from those asked for. */
            scope?: string;
        };
        /**
         * Error
         * @description The body of every failure (RFC 6749 §5.2, with a reason of ours).
         */
        Error: {
            /** @description OAuth error code: what a library branches on. */
            error: components["schemas"]["ErrorCode"] & unknown;
            /** @description What was received and what was expected, for a developer. Never a credential. */
            error_description: string;
            /** @description The one cause, for a program. Stable. */
            reason: components["schemas"]["Reason"] & unknown;
        };
        /**
         * @description An error code of RFC 6749 §5.2, RFC 8693 §2.2.2 or RFC 6749 §4.1.2.1.
         * @enum {string}
         */
        ErrorCode: "invalid_client" | "invalid_grant" | "invalid_request" | "invalid_scope" | "invalid_target" | "server_error" | "temporarily_unavailable" | "unauthorized_client" | "unsupported_grant_type";
        /**
         * @description The one cause of a failure. Stable: programs may branch on it.
         *
         *     | reason | status | meaning |
         *     |---|---|---|
         *     | `bad_client_credentials` | 401 | The client has a secret, and none or another one was sent. |
         *     | `bad_signature` | 400 | The key that the token names did not sign it. |
         *     | `client_not_explained` | 400 | The client asks about another one that is not in its `explains`. |
         *     | `code_not_taken` | 400 | This provider's authorization codes are not redeemed here: see its `client_secret`. |
         *     | `domain_not_allowed` | 400 | The person is not of a domain or tenant that may sign in. |
         *     | `doubled_parameter` | 400 | A parameter that may stand once stands twice (RFC 6749 section 3.2). |
         *     | `expired` | 400 | The token's `exp` has passed. Get a fresh one from the provider. |
         *     | `internal` | 500 | Something failed here. The log has the request ID. |
         *     | `invalid_parameter` | 400 | A parameter or the body does not have the form that it must have. |
         *     | `invalid_scope` | 400 | The client may not have this scope. |
         *     | `invalid_target` | 400 | `audience` or `resource` is not one of the client's audiences. |
         *     | `malformed` | 400 | Not the kind of token that was expected, or a claim of the wrong type. |
         *     | `method_not_allowed` | 405 | The path does not take this method. |
         *     | `missing_claim` | 400 | A claim that must be in the token is not, or is empty. |
         *     | `missing_parameter` | 400 | A parameter that is required was not sent, or is empty. |
         *     | `nonce_mismatch` | 400 | The token's nonce is not the one that was sent, or one of them is missing. |
         *     | `not_found` | 404 | Nothing is at this path. |
         *     | `not_ready` | 503 | No signing key may sign at this moment, or the service is stopping. |
         *     | `not_yet_valid` | 400 | The token's `nbf` or `iat` is more than a minute ahead. Check the clocks. |
         *     | `origin_not_allowed` | 400 | The page's origin is not in the client's `origins`. |
         *     | `overloaded` | 503 | Too much is under way here. `Retry-After` says when to try again. |
         *     | `own_token` | 400 | The token is one of ours. It is not a credential here; call your API with it. |
         *     | `provider_misconfigured` | 500 | The provider does not accept the client ID and secret that are configured for it. |
         *     | `provider_rejected` | 400 | The provider says that the credential is not good, or lacks a scope. Sign in again. |
         *     | `provider_unreachable` | 503 | The provider does not answer, is too busy, or answers wrongly. Try again. |
         *     | `rate_limited` | 429 | Too many requests from this address. `Retry-After` says when to try again. |
         *     | `redirect_uri_not_allowed` | 400 | `redirect_uri` is not one of the client's `redirect_uris`. |
         *     | `subject_mismatch` | 400 | The provider names two different people for one token. |
         *     | `timed_out` | 503 | The request was not received and answered in time. |
         *     | `too_large` | 413 | The body is longer than `limits.body_bytes`, or (400) the token than any provider's. |
         *     | `too_old` | 400 | The token was issued too long ago, whatever its `exp` says. |
         *     | `unbound_access_token` | 400 | Nothing proves which app the access token was issued to. Send an ID token or a code. |
         *     | `unknown_client` | 401 | `client_id` is not one of the configured clients. |
         *     | `unknown_key` | 400 | No key of the provider has the token's `kid`. |
         *     | `unknown_provider` | 400 | No provider of this name is configured for the client. |
         *     | `unsupported_algorithm` | 400 | The token's `alg` is not one that the provider is known to use. |
         *     | `unsupported_grant_type` | 400 | `grant_type` is not one that this endpoint takes. |
         *     | `unsupported_media_type` | 415 | The content type is missing or not one that this path takes. |
         *     | `unsupported_token_type` | 400 | `subject_token_type` or `requested_token_type` is not one that is handled. |
         *     | `wrong_access_token_hash` | 400 | The `at_hash` of the ID token is not that of the access token that came with it. |
         *     | `wrong_audience` | 400 | The token was issued to another app than one of our client IDs. |
         *     | `wrong_authorized_party` | 400 | The token's `azp` is not one of our client IDs, or is missing. |
         *     | `wrong_issuer` | 400 | The token's `iss` is not the provider's. |
         *     | `wrong_type` | 400 | The token's `typ` is of another kind of token than an ID token. |
         * @enum {string}
         */
        Reason: "bad_client_credentials" | "bad_signature" | "client_not_explained" | "code_not_taken" | "domain_not_allowed" | "doubled_parameter" | "expired" | "internal" | "invalid_parameter" | "invalid_scope" | "invalid_target" | "malformed" | "method_not_allowed" | "missing_claim" | "missing_parameter" | "nonce_mismatch" | "not_found" | "not_ready" | "not_yet_valid" | "origin_not_allowed" | "overloaded" | "own_token" | "provider_misconfigured" | "provider_rejected" | "provider_unreachable" | "rate_limited" | "redirect_uri_not_allowed" | "subject_mismatch" | "timed_out" | "too_large" | "too_old" | "unbound_access_token" | "unknown_client" | "unknown_key" | "unknown_provider" | "unsupported_algorithm" | "unsupported_grant_type" | "unsupported_media_type" | "unsupported_token_type" | "wrong_access_token_hash" | "wrong_audience" | "wrong_authorized_party" | "wrong_issuer" | "wrong_type";
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
