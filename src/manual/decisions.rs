//! Why things are as they are: what was decided, what for, and what else was weighed.
//!
//! # Why josekit, and why aws-lc-rs under it?
//!
//! josekit owns what JOSE is made of: keys of every kind, JWK, PEM, and the form of headers. The
//! primitives are those of aws-lc-rs, which is in the program anyway, through rustls: a key is parsed
//! once, when it is loaded, and nothing is set up for each signature. All of it is behind
//! [`crate::jose`], the one folder to change if josekit had to be replaced. [`super::speed`] has why the
//! compact serialisation is read and written there.
//!
//! # Why is OpenSSL linked all the same?
//!
//! josekit depends on it, used or not. It makes new keys and reads PEM files and private RSA keys;
//! no signature of ours or of a provider is made or checked by it. The feature `vendored` builds it
//! from source: a fresh machine needs a C compiler, perl and make, and no libraries.
//!
//! # Why not josekit's `JwtPayloadValidator`?
//!
//! With an audience set it accepts a token that has no `aud`, and one that has no `exp`. It refuses
//! an `iat` that is one second ahead, since it knows no leeway, and it compares with one audience
//! only. Its payload type writes times as floating-point numbers and can panic on large ones.
//! `verify/id_token` reads the claims itself: what must be there is asked for by name.
//!
//! # Why an HTTP/1.1 loop of our own?
//!
//! The server of poem has no timer on headers, no deadline for a request, no cap on connections,
//! and spins when the system has no descriptors left. `server/accept.rs` drives hyper, and
//! `http/guard.rs` stands around poem's routes, to have those four. HTTP/2 is left to the proxy in
//! front.
//!
//! # Why is nothing queued?
//!
//! Whoever waits behind others for a service that is full is served too late: the page has given up,
//! and so have those behind. A place is taken or the answer is 503 at once, for exchanges as for the
//! calls to one provider. The key set and the metadata take no place: verifiers need them most while
//! much is going on. `http/admission.rs`, `verify/gate.rs`.
//!
//! # Why does a new connection close another one?
//!
//! With a cap alone, whoever opens as many connections as there may be has the service to himself,
//! and a cap per address is worth nothing behind a proxy or against many addresses. A client of good
//! faith is between connecting and being answered for milliseconds, so the one that has been quiet
//! for longest is somebody else's. One that is being answered is never closed.
//! `server/connections.rs`.
//!
//! # Why a form parser of our own?
//!
//! The form type of poem-openapi answers errors as plain text, applies no length limits, lets
//! doubled unknown parameters and broken UTF-8 pass, and knows no parameter that may repeat. RFC
//! 6749 §3.2 forbids doubled parameters; RFC 8693 §2.1 lets `audience` and `resource` repeat.
//! `http/form.rs` holds both rules, for forms and for JSON.
//!
//! # Why is `sub` a UUID version 5, and why does the e-mail address never take part?
//!
//! It is derived from who vouches for the person and the id that it gave, so no table is needed to
//! keep it the same, across restarts, replicas and deployments; and a table that exists is migrated
//! with one SQL statement. It is a UUID because that is what the columns of APIs hold. Addresses
//! change hands, some providers let anyone set one, and some people have none: an account would be
//! taken over, split, or shared. [`crate::user_id::SubjectMode::Pairwise`] is for those whose ids
//! must not be computed from outside.
//!
//! # Why does an unknown `kid` cost one fetch per cool-down, and why does no failure evict?
//!
//! A `kid` comes from a stranger. If each unknown one caused a fetch, anyone could make us flood a
//! provider; if none did, each rotation would refuse people until the next refresh. A fetch that
//! fails, or brings an empty or broken set, says nothing about the keys that were good before it:
//! to drop them would turn a provider's bad minute into ours. `verify/key_set.rs` decides,
//! `verify/remote_keys.rs` fetches.
//!
//! # Why is the key directory polled?
//!
//! Orchestrators swap a symbolic link to update a mounted secret. Watchers of the file system see
//! the wrong inode then, or nothing at all, and network file systems tell them nothing. Listing a
//! few files every five seconds costs nothing, and a key is published long before it signs.
//!
//! # How do keys of a seed change without a word between replicas?
//!
//! Time is cut into periods and each has a key, made of the seed and the period's number: what all
//! replicas must agree on is the time, roughly. The key before and the one after are published
//! beside it, so a clock may be off by hours. When the seed itself changes, the replicas do not know
//! of each other's restarts, so each waits for twice the time that verifiers may keep the key set,
//! once for the replicas that start after it and once for the verifiers. A moment in the
//! configuration, at which all switch, would need a clock and a plan; a wait from one's own start
//! needs neither.
//!
//! # Why does `kind = "oidc"` allow every asymmetric algorithm?
//!
//! An operator who knows only an issuer cannot be expected to know its algorithms, and the token
//! gains nothing by choosing: a key serves only the algorithms of its own type and curve, and only
//! its own `alg` if it names one. `none` and HMAC are no values of [`crate::jose::Algorithm`], so a
//! public key cannot be taken for a shared secret. `algorithms` narrows the list.
//!
//! # Why is a provider asked about each access token?
//!
//! It proves that somebody signed in somewhere. Without asking the provider to which app it was
//! issued, the operator of any other app could present the tokens of its users here and be them; an
//! ID token says in `aud` whom it is for. The profile alone does not do: it answers to every app's
//! tokens. How to ask is data of the provider's row, one of a closed set of methods, and a row
//! without one has its access tokens refused. The subjects of both answers are compared.
//!
//! # Why does the profile call run beside the check, and not after it?
//!
//! Neither needs the other's answer, and a person waits for both. What it costs is a profile that
//! is read of a stranger's token and thrown away. The check decides first: whatever comes of the
//! profile, a token of another app is refused as that.
//!
//! # Why are accepted access tokens remembered for a minute?
//!
//! Pages repeat themselves, and providers limit how often an app may ask. A token that is revoked
//! is accepted for as long, so it is a minute and not an hour, never past the token's own expiry,
//! and an operator can turn it off. Refusals are kept for five seconds, since the person may be
//! putting it right. A failure of the provider says nothing of the token and is not kept. The key
//! is a hash: the tokens themselves lie nowhere.
//!
//! # Why are Instagram's access tokens refused, and why is its subject `id`?
//!
//! Meta documents no way to ask to which app one was issued. A code is redeemed with our secret, so
//! it cannot be another app's. `id` is made for one app and one person: a token of another app that
//! an operator lets in all the same is somebody new here, and never a person who exists. `user_id`
//! is the same in all apps, and would be that person.
//!
//! # Why is a code redeemed here, and not by the page?
//!
//! The token endpoints of GitHub, LinkedIn and others want a client secret, which a page cannot
//! keep, and answer no page's preflight. The verifier of PKCE is passed on, for the provider to
//! compare. It is not required: some providers know none, and whether the page sent a challenge
//! only the provider knows, so a verifier that we demanded would prove nothing.
//!
//! # Why is a nonce beside an opaque access token refused?
//!
//! There is nothing in the token to compare it with. Who sends one believes that it is compared,
//! and one that is left out silently is a check that everybody thinks is made.
//!
//! # Why is a client secret that the provider refuses a 500, and not the caller's error?
//!
//! The caller can do nothing about it, and would be told to sign in again for ever. The provider
//! says 401 of our secret as others do of a bad token, so the row's codes and the kind of call tell
//! which it is. It is counted as `client_refused` and logged as an error: an operator has to act.
//!
//! # Why must a confidential client authenticate for `convert_token`?
//!
//! That grant ignores `client_secret` where it comes from, because apps in browsers had to send one
//! they could not keep. So a client without a secret is not asked for one here, and one that it
//! sends is ignored with a warning. But whoever gives a client a secret says that its name alone is
//! not enough, and one grant that does not ask would be the way around it.
//!
//! # Why does a token without a requested audience have all of the client's?
//!
//! RFC 9068 §3 asks for a default when the request names no resource. A client with one audience
//! needs no parameter then, and one with several works before it is taught to ask. Each audience is
//! one that the operator gave to this client. To keep one API from using a token at another, name
//! `audience` in the request, or make a client for each.
//!
//! # Why request IDs?
//!
//! Descriptions say nothing of what went wrong inside, and logs nothing of credentials. The ID in
//! `X-Request-Id` is what a caller can quote and an operator can find. One from a proxy in front is
//! taken over, if it is short and plain enough not to write a log line of its own.
//!
//! # Why `sub` and not `oid` for Microsoft?
//!
//! OpenID Connect Core §5.7 makes `iss` and `sub` the one pair that identifies a person. `oid` is
//! the same in all apps of a tenant, so it would let APIs of different apps compare their users; it
//! comes only with the scope `profile`; and it is unique within its tenant alone, as `sub` is.
//! Since `sub` is per app, a new application ID means new ids here: `providers show` says so.
//!
//! # Why is a provider a row, and what does the engine know?
//!
//! What differs between providers is where things are: addresses, names, members, codes. Rows say
//! that (`provider/row`), once, for people and for the program, and an operator writes one in the
//! same words. The engine knows a closed set of ways: where a token goes in a request, what is asked
//! before the profile, how a text is made of an answer, who says which app a token is for. A new
//! provider that needs an `if` shows that a word is missing.
//!
//! # When is a JWT that was announced as an access token one?
//!
//! A compact JWS is nearly always an ID token that was sent under the wrong name, and is checked as
//! one. Some providers' access tokens are JWTs too. A row says so (`jwt` of its binding), and then the
//! audience tells: an ID token is addressed to our client ID, an access token to an API. Such a token
//! is not verified here but shown to the provider, as any access token is.
//!
//! # Why is the userinfo endpoint asked after some codes, and not after ID tokens?
//!
//! Some providers put the e-mail address and the name into an ID token, others leave both to the
//! userinfo endpoint (OpenID Connect Core §5.4). For a code there is an access token to ask with, so
//! the gaps are filled, once its `sub` is the same (§5.3.2). For an ID token alone there is none.
//!
//! # Why are services listed that cannot be configured?
//!
//! Somebody who comes from python-social-auth looks for a name. That it is gone, or of a kind that
//! has no place here, is an answer; that it is unknown is not.
//!
//! # What is wiped from memory, and what cannot be?
//!
//! [`crate::secret`] wipes on drop: the body of a request, its parameters, the credential, client
//! secrets, the request to a provider and the body of its answer, private keys as text. Not ours to
//! wipe are the buffers of hyper and rustls, header values, addresses with a token in their query,
//! JSON while it is parsed, and the answer with our token. They are freed with the request; that
//! nobody looks is what `cli/process.rs` asks the system for.
//!
//! # Which secrets are compared, and how?
//!
//! Client secrets and nonces, by the `Eq` of [`crate::secret::Secret`]: digests, in constant time.
//! `code_verifier` is the provider's to compare, tokens of ours are verified by their signature, and
//! `at_hash` and key IDs are public.
//!
//! # Why does an explanation go through the verifier?
//!
//! A second set of checks would say one thing and the first do another. `verify/explain.rs` has the verifier
//! itself run, without what it remembers, and note what it finds; of an ID token every check is made, also
//! after one that failed, by the functions that decide. A code is used up by it: whether the provider takes
//! it is what somebody wants to know, and only the provider can say.
//!
//! # Why do `vectors` sign by the service's own keys?
//!
//! A verifier that fetches the live key set can only be tried with tokens by a key in it. Who can read the
//! key files can sign anything anyway; the good tokens are nobody's and live as long as the client's.
//!
//! # Why is `traceparent` passed on to providers, and `tracestate` not?
//!
//! Who takes part in a trace names it in its calls (W3C Trace Context §4): an ID of random bits, which
//! says nothing of the person and lets a provider inside the operator's own house go on with the trace.
//! `tracestate` is other systems' data, of whatever they put there, and providers are other companies.
//! The standard wants it passed on and lets those who care for what it gives away remove it ("Privacy
//! considerations"). It is kept in the spans that the operator's own collector gets.
//!
//! # Why does a caller decide which trace its exchange is of, and not whether it is recorded?
//!
//! A trace that goes on costs nothing; recording does, and `[traces] sample` bounds it. So the flag
//! "sampled", and `tracestate`, count when one of `trusted_proxies` sends them. For everybody else there
//! is a draw, not by the trace ID: whoever chooses the ID would choose the outcome.
//!
//! # Why is an exchange that nobody waits for recorded, and paid for?
//!
//! Whoever hangs up once a provider is asked has used some of our allowance there, and must not do so
//! unseen, or for less than a refusal costs. The record writes itself when dropped (`http/token/record.rs`).
//!
//! # Why may traces go by plain http to any host, and nothing else?
//!
//! The operator writes the collector's address, no document or caller does, and it is nearly always in
//! the same cluster, without a certificate. A span holds names of providers and clients, outcomes and
//! times; no credential, no claim, no path of a call, in which a credential may stand.
//!
//! # Why the SDK of OpenTelemetry, and no exporter of its?
//!
//! Spans, sampling and the messages are its. Its exporters bring an HTTP client or gRPC, read variables
//! of their own beside the configuration, and say to nobody what they drop. What is left is a POST by
//! the rules of all calls: `server/export/mod.rs`, `verify/outbound/collector.rs`.
