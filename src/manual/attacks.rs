//! Known attacks: each with the guard against it and the test that shows the guard.
//!
//! Tests that are named here stand in `src`, files of tests in `tests/it`. "Refusals" is the table
//! `tests/it/refusals`: each row changes one thing in a good token and names the `reason` that it
//! is refused for. `access_tokens/` and `codes/` play the providers as they answer at their own
//! addresses.
//!
//! # By a token
//!
//! - **Unsigned, or signed by HMAC with a public key as the secret.** `none` and HMAC are no
//!   values of [`crate::jose::Algorithm`] (`jose/mod.rs`).
//!   Tests: `algorithms_parse_by_their_exact_name_only`, refusals.
//! - **Signed by an algorithm that the key is not for.** A key serves what its type, curve and own
//!   `alg` allow (`jose/jwk`).
//!   Tests: `a_key_serves_what_its_type_and_its_alg_allow`, refusals.
//! - **Signed in one of the ways that libraries have been wrong about.** The primitives and what stands
//!   before them take Project Wycheproof's valid signatures and no other (`jose/wycheproof.rs`).
//!   Tests: `rsa_pkcs1_signatures_are_taken_as_wycheproof_says`,
//!   `rsa_pss_signatures_are_taken_with_the_parameters_of_jws_alone`,
//!   `ecdsa_signatures_are_taken_as_wycheproof_says`,
//!   `ed25519_signatures_are_taken_as_wycheproof_says`,
//!   `a_whole_jws_whose_signature_is_broken_is_refused`.
//! - **Brings its own key: `jwk`, `jku`, `x5c`, `x5u`.** None is ever read (`jose/verify.rs`).
//!   Test: refusals.
//! - **Asks for an extension: `crit`, `b64`.** Refused (`jose/verify.rs`). Test: refusals.
//! - **Reads in two ways: doubled members, base64url that is not canonical.** Refused (`json/strict.rs`,
//!   `crypto.rs`); what is parsed is decoded from the very text that is signed.
//!   Tests: `what_is_doubled_trailing_or_no_object_is_refused`,
//!   `base64url_that_is_not_canonical_is_refused`, refusals.
//! - **Issued to another app.** Every `aud`, and `azp`, is one of our client IDs
//!   (`verify/id_token`); a provider without client IDs is refused at start.
//!   Tests: `settings_that_cannot_work_are_refused_by_name`, refusals.
//! - **An access token of another app, whose users sign in there: the confused deputy.** The
//!   provider is asked to which app it issued it, and a provider that cannot be asked has its
//!   access tokens refused (`verify/access_token/inspection.rs`).
//!   Tests: `access_tokens/refused.rs`, `access_tokens/unbound.rs`.
//! - **An access token that is one person's when it is checked and another's when it is read.** The
//!   two subjects are compared, and neither is believed (`verify/access_token`).
//!   Test: `access_tokens/refused.rs`.
//! - **An access token that was revoked.** Forgotten after a minute at most, or as the operator
//!   says (`verify/accepted.rs`). Test: `access_tokens/cache.rs`.
//! - **A nonce that nothing is compared with.** Refused with a credential that carries none
//!   (`verify/id_token/nonce.rs`).
//!   Tests: `access_tokens/kinds.rs`, `codes/nonces.rs`.
//! - **Another kind of token of the same provider.** `typ` is `JWT` or missing
//!   (`verify/id_token`).
//!   Test: refusals.
//! - **One of our own.** Refused by `iss`; our issuer as a provider's is refused at start
//!   (`config/check`).
//!   Tests: `each_wrong_value_is_refused_by_key_and_with_what_is_allowed`, refusals.
//! - **Of a tenant that may not sign in, or signed by a key of another tenant.** The issuer is
//!   made from the tenant's claim and compared, and so is the key's own `issuer`
//!   (`verify/id_token`).
//!   Test: `microsoft_takes_a_set_of_tenants_or_one`.
//! - **Names an `iss` that we should call.** It picks among the configured providers; addresses
//!   come from the catalogue, the configuration, or discovery of an issuer named there
//!   (`provider/address.rs`).
//!   Test: `only_https_and_loopback_may_be_called`.
//! - **Another person's, slipped into a page.** The page's nonce is compared in constant time, and
//!   can be required (`verify/id_token`).
//!   Test: refusals.
//! - **Old.** `exp`, and a longest age counted from `iat`, with one leeway (`verify/id_token`).
//!   Test: refusals.
//! - **Very long, or nested very deeply.** 16 KiB at most ([`crate::verify`]); `serde_json` stops
//!   at a depth of 128.
//!   Test: refusals.
//! - **A `kid` that is a path, an address or a line of a log.** Key IDs are short, printable, and
//!   only compared ([`crate::jose::KeyId`]).
//!   Tests: `key_ids_are_short_and_printable`, refusals.
//!
//! # By a code
//!
//! - **Stolen from another page, or sent to another redirect URI.** The redirect URI is one of the
//!   client's own, compared exactly before anybody is called (`issuer`), and the provider compares
//!   it with that of the authorization request.
//!   Tests: `codes/redirect_uris.rs`, `codes/refused.rs`.
//! - **Stolen on its way to the page.** The verifier of PKCE is passed on, and the provider refuses
//!   a code with a challenge without it (`verify/code.rs`); see below for pages that use none.
//!   Tests: `codes/refused.rs`, `codes/sent.rs`.
//! - **An ID token swapped for another one beside the access token.** `at_hash`, where there is
//!   one, is compared by the hash of `alg` (`verify/id_token`).
//!   Tests: `codes/openid.rs`, `codes/id_tokens.rs`.
//!
//! # By a provider, or in its name
//!
//! See [`super::attacks_by_providers`].
//!
//! # By a request
//!
//! - **A parameter twice, so that two readers see two things.** Refused (`http/form.rs`).
//!   Test: `a_form_that_says_something_twice_or_wrongly_is_refused`.
//! - **A page of another origin.** CORS knows exact origins, and each exchange compares `Origin`
//!   with the client's (`http/token`). Wildcards are no origins (`config/check/client.rs`).
//!   Tests: `a_page_may_use_its_own_client_only`,
//!   `a_foreign_origin_is_refused_and_may_not_read_why`,
//!   `each_wrong_value_is_refused_by_key_and_with_what_is_allowed`.
//! - **An audience or scope that the client may not have.** Refused (`issuer`).
//!   Tests: `a_token_is_for_the_wanted_audiences_or_all_of_the_clients`,
//!   `scopes_are_the_wanted_ones_or_all_and_never_more`.
//! - **Guessing a client's secret by the time that a refusal takes.** Digests are compared, in
//!   constant time (`secret.rs`). Which clients there are is no secret: the refusal says it.
//!   Test: `equality_looks_at_every_byte`.
//! - **Introspection, to try tokens out.** For clients with a secret only, and of tokens for their
//!   own audiences only (`introspection.rs`).
//!   Tests: `introspection_is_for_clients_that_have_a_secret`,
//!   `introspection_says_nothing_of_every_other_token`.
//! - **Has every check of a stolen credential explained.** An explanation is for clients that have a secret,
//!   about themselves and those of their `explains`; it gives no token, shows neither credential nor nonce
//!   nor a parameter that could hold one, and costs the address what a refusal costs
//!   (`http/token/explain.rs`, `http/report.rs`). An access token or a code goes to the provider only when
//!   the rest of the request is good.
//!   Tests: `only_a_client_with_a_secret_may_ask`, `a_client_may_ask_about_itself_or_about_another`,
//!   `no_token_is_issued_and_none_is_counted`,
//!   `a_credential_that_was_put_into_another_parameter_is_not_shown`,
//!   `a_refusal_costs_the_address_as_much_as_at_the_token_endpoint`,
//!   `the_provider_is_not_asked_for_a_request_that_is_hopeless`.
//! - **Very many requests, with forged `X-Forwarded-For` or from all of an IPv6 network.** Counted
//!   by address and `/64` (`http/limit.rs`); forwarded addresses count from trusted proxies
//!   (`http/proxies.rs`).
//!   Tests: `an_address_gets_its_share_and_then_waits`,
//!   `forwarded_addresses_count_only_from_trusted_proxies`,
//!   `ipv6_addresses_count_by_their_network`, `limits.rs`.
//! - **Very many addresses, to fill the table that counts them.** Past its end they share allowances in
//!   groups, which an attacker cannot choose (`http/limit.rs`).
//!   Test: `the_table_is_bounded_and_what_is_past_it_shares_with_few`.
//! - **Made-up access tokens and codes, to use up our allowance at a provider.** One that was refused is not
//!   asked about again for a moment (`verify/accepted.rs`), each counts more than other requests
//!   (`http/limit.rs`), and few are asked about at a time (`verify/gate.rs`).
//!   Tests: `access_tokens/flood.rs`, `one_code_that_was_refused_is_not_sent_again_and_again`,
//!   `made_up_keys_are_no_way_to_flood_a_provider`.
//! - **More than can be done.** Refused at once, before it costs anything (`http/admission.rs`).
//!   Tests: `overload.rs`, `load.rs`.
//! - **Slow headers, slow bodies, answers that are read slowly or not at all, large bodies.** Timers,
//!   deadline and limit (`server/accept.rs`, `http/guard.rs`, `http/form.rs`).
//!   Tests: `connections_that_say_or_read_nothing_or_little_are_closed`,
//!   `a_body_that_does_not_say_its_length_is_limited_too`.
//! - **Connections that are hoarded.** The quietest makes room (`server/connections.rs`).
//!   Tests: `whoever_opens_connections_and_does_not_use_them_keeps_nobody_out`,
//!   `a_new_connection_takes_the_place_of_the_quietest_and_never_of_one_that_is_answered`.
//! - **Something that panics.** The lints leave no panic to write; one in a library ends one
//!   request with 500 (`http/mod.rs`).
//! - **Bytes that nobody has thought of**, here and in all that providers and operators write. Fuzzers
//!   call what reads it (`fuzzing/mod.rs`), and tests call that with what they found.
//!   Tests: `what_fuzzers_found_and_what_is_like_it_breaks_nothing`,
//!   `times_are_accepted_exactly_where_the_rules_accept_them`,
//!   `an_audience_is_accepted_only_where_every_one_is_ours`.
//!
//! # On what we sign and write
//!
//! - **An identity that nobody verified.** Only [`crate::verify`] makes a
//!   [`crate::verify::VerifiedIdentity`].
//!   Test: the example there, which must not compile.
//! - **Our token taken for an ID token, or used at another API.** `typ` is `at+jwt`; `aud` is in
//!   every token (`token.rs`).
//!   Tests: `what_a_key_signs_only_its_public_half_verifies`,
//!   `a_token_is_for_the_wanted_audiences_or_all_of_the_clients`.
//! - **A private key in the key set.** The published type has no member for one
//!   (`jose/published.rs`).
//!   Test: `a_published_key_has_no_private_member`.
//! - **A private key that others can read, or a directory where they can put one of theirs.** Files
//!   have mode 0600; what everybody may write is refused (`keys/lock.rs`, `keys/file.rs`).
//!   Tests: `key_files_are_for_their_owner_only`, `a_seed_that_others_can_write_is_refused`,
//!   `cli/key_mistakes.rs`.
//! - **A broken key file, to stop the service.** The last good set stays in use (`keys/mod.rs`).
//!   Tests: `a_changed_directory_is_picked_up_and_a_broken_one_is_not`, `cli/key_mistakes.rs`.
//! - **A command that is killed, or two at a time, to leave half a key or none.** Files are written
//!   whole under another name, by whoever has the lock (`keys/lock.rs`). Test: `cli/key_files.rs`.
//! - **The private key of one period, to compute that of another.** Keys of a seed have nothing in
//!   common but the seed, which HKDF does not give away (`keys/seed`).
//!   Tests: `the_derivation_is_the_one_that_the_page_on_keys_describes`,
//!   `another_seed_period_or_algorithm_gives_other_keys`.
//! - **A credential in a log, an error or a dump.** [`crate::secret::Secret`] prints as nothing,
//!   and errors quote nothing that looks like a token (`http/error`).
//!   Tests: `a_secret_is_never_printed`, `what_looks_like_a_credential_is_never_quoted`,
//!   `neither_a_key_nor_its_signer_prints_private_parts`,
//!   `a_secret_may_stand_in_a_file_and_is_shown_nowhere`,
//!   `a_credential_in_a_wrong_field_is_not_echoed`,
//!   `a_secret_in_the_place_of_its_file_is_not_quoted`, `secrets.rs`. Every other test of `tests/it`
//!   is one too: what it sends is searched for in the log at its most verbose and in what is answered
//!   (`tests/it/support/secrecy`), as `a_secret_that_is_logged_is_found` shows.
//! - **A secret in a core dump, or in the memory that another process of the user reads.** Neither is
//!   allowed from the start on (`cli/process.rs`), and what is no longer needed is wiped (`secret.rs`).
//!   Tests: `no_core_is_dumped_and_every_descriptor_may_be_used`,
//!   `its_memory_is_closed_to_others_of_its_user`.
//! - **A secret's file that others may write or read.** The one is refused, the other warned of
//!   (`config/files`).
//!   Tests: `a_secret_that_others_may_change_is_refused_and_one_they_may_read_is_warned_of`,
//!   `a_configuration_is_as_secret_as_what_stands_in_it`.
//! - **Control characters in a description or a request ID.** Descriptions keep to what RFC 6749
//!   §5.2 allows (`http/error`); other IDs than plain ones are replaced (`http/face.rs`).
//!   Test: `descriptions_keep_to_the_characters_of_the_rfc`.
//!
//! # By what it is built of
//!
//! - **A package from elsewhere, or another one under its name.** `Cargo.lock` has a checksum of each,
//!   all from one registry.
//!   Tests: `every_package_comes_from_the_registry_with_a_checksum`,
//!   `no_dependency_is_of_any_version_from_a_path_or_from_git`.
//! - **A second version of a package, which nobody looks at.** `deny.toml` says who needs it.
//!   Tests: `every_second_version_of_a_package_is_explained_and_nothing_else_is`,
//!   `every_library_is_used`.
//!
//! # Not withstood
//!
//! - A token of ours that is stolen is good until its `exp`: it is a bearer token.
//! - A stolen ID token can be exchanged until it expires: nothing is remembered, and its nonce
//!   stands in it.
//! - An access token of our own app that is stolen can be exchanged until the provider refuses it,
//!   and up to a minute more.
//! - A code that is stolen from a page without PKCE can be redeemed here by whoever has it: a
//!   page's client has no secret, and its redirect URI is no secret either. Pages use PKCE;
//!   LinkedIn and Instagram know none.
//! - Another person's code, slipped into a page by a link, is the page's to refuse: by `state`,
//!   which never comes here, or by PKCE.
//! - With `allow_unbound_access_tokens = true`, whoever runs any app that a person signed in to can
//!   be that person. For Instagram that person is a new one here, since its ids are per app.
//! - Made-up access tokens and codes, each another one and from very many addresses, cost a call to the
//!   provider each, and our allowance there. What bounds them is the rate limit by address and the
//!   number of exchanges at a time.
//! - Root, or a debugger that root allows, reads the memory of the process: it has the keys.
//! - Whoever has a provider's private key can be any of its people.
//! - Behind a proxy, a name in a discovery document leads wherever the proxy resolves it to: what it may
//!   reach is for its own rules.
//! - Whoever has a seed has every key that is derived from it, those of the future too.
