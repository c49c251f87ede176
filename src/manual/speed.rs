//! Why it is as fast as it is, and no faster. Figures are those of `cargo bench --features bench`; those of
//! less than a microsecond are shares of it in profiles.
//!
//! # Why does josekit not read and write the tokens themselves?
//!
//! It owns what JOSE is made of: keys of every kind, JWK, PEM, and the form of header parameters. Its
//! compact serialisation decodes and parses a token that was parsed before, to refuse early, and owns
//! every name and text of it: 1.3 µs for a token before its claims are read at all, as much as
//! `jose/verify.rs` takes with them, and an exchange in process may take 3.7 µs beyond the two primitives. What josekit checks there is
//! checked here: three parts of canonical base64url, an `alg` that the key serves, no `crit`, each
//! parameter of its form (by josekit's own `JwsHeader`). The fuzzer of `jws` asks josekit and OpenSSL
//! whether they take what we took.
//!
//! # Why a JSON tree of our own?
//!
//! It refuses doubled members at any depth, so it was ours before it was fast. `json/strict.rs` drives
//! `serde_json`'s parser, and leaves names and texts where they stand: no allocation for each, as
//! `serde_json::Value` has, and no hash of a name, since twenty members are found sooner by comparing. More
//! than 32 are sorted before they are compared, so that a token of thousands is no work.
//!
//! # Why is there no timer where something may take too long?
//!
//! There is, once something has to be waited for: `verify/deadline.rs` looks first. An ID token whose
//! key is cached waits for nothing, and three timers cost more than its claims.
//!
//! # Why are routes not async functions?
//!
//! An async function keeps its request beside what it handed the request to, and each layer is moved
//! with all that is in it: 7.6 KB for each request, before routes and guard were told to hand on what
//! is in a box already.
//!
//! # Why no other allocator?
//!
//! mimalloc took the same time for an exchange as glibc's and 8 MiB more of memory (21 and 29).
//!
//! # Why are IDs of tokens drawn for 64 at once?
//!
//! A draw of the primitives' generator takes 0.3 µs, whatever is drawn. Each ID is given out once; who
//! reads the process's memory reads keys, and has no use for IDs.
//!
//! # Why does the first answer come before the first random number?
//!
//! The primitives gather entropy from the processor's jitter for 20 ms, once. A thread beside the start
//! does that, so that `/livez` and `/readyz` do not wait for it, and the first exchange seldom.
//!
//! # Where does the hunt stop?
//!
//! At base64 by SIMD: 0.4 µs of an exchange, 1.5 %, for unsafe code that strangers feed. At the hash of
//! the credential in the audit line: 0.5 µs, and the only thing that tells an operator which token it
//! was. At escaping our own token in the answer, where a text put in by hand would save 0.3 µs and the
//! certainty that an answer is JSON. At hyper's timer on headers and the watch on quiet connections: 0.3 µs
//! of a GET, and all there is against clients that send nothing. At reqwest's own layers: a call of it
//! takes 13 µs, and one of its own policies parses each address again.
