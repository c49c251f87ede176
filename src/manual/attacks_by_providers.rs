//! Known attacks by a provider, or in its name: as [`super::attacks`] has them, each with its guard
//! and its test.
//!
//! - **Made-up `kid`s, to make us flood it.** One fetch per cool-down and provider, in single
//!   flight (`verify/remote_keys.rs`).
//!   Tests: `a_failure_keeps_the_keys_and_cools_down`, `outage.rs`.
//! - **An outage, or an empty key set, to lock everybody out.** Neither evicts
//!   (`verify/key_set.rs`).
//!   Tests: `a_failure_keeps_the_keys_and_cools_down`,
//!   `a_set_keeps_its_good_keys_and_is_nothing_without_one`, `outage.rs`, `outbound/dead.rs`.
//! - **Hanging up during the fetch, so that it counts for nothing and the next one follows.** It
//!   goes on in a task of its own (`verify/remote_keys.rs`).
//!   Test: `hanging_up_does_not_undo_a_fetch_that_has_begun`.
//! - **A withdrawn key that is used on.** Trusted for a grace time and no longer
//!   (`verify/key_set.rs`).
//!   Tests: `a_vanished_key_is_trusted_for_the_grace_time_and_no_longer`, `outage.rs`.
//! - **Weak or encryption keys in a set.** Skipped (`jose/jwk`).
//!   Test: `keys_that_cannot_verify_here_say_why`.
//! - **A redirect, an endless or a slow answer, headers without end, no HTTP at all.** Not followed, cut
//!   off, timed out (`verify/outbound`).
//!   Tests: `outage.rs`, `outbound/http.rs`.
//! - **A small answer that unpacks to a large one.** Unpacked as far as the limit, and no further
//!   (`verify/outbound`).
//!   Tests: `outbound/http.rs`, `an_answer_that_inflates_to_a_gibibyte_costs_no_more_than_the_limit`.
//! - **An older TLS, or a certificate that is not the host's.** TLS 1.2 at least, and the system's
//!   authorities with `outbound.ca_file` (`verify/outbound/client.rs`).
//!   Tests: `outbound/tls.rs`.
//! - **A connection that dies under a code, so that it is sent again.** Nothing that was sent is
//!   (`verify/outbound/client.rs`).
//!   Tests: `outbound/stale.rs`.
//! - **An answer that nobody asked for, behind another one on a kept connection.** Given to nobody: the
//!   connection ends.
//!   Test: `an_answer_that_was_not_asked_for_is_given_to_nobody`.
//! - **A discovery document for another issuer, or one that sends us or our secret where it must
//!   not go: in the clear, or to this machine's own ports.** Its `issuer` is compared byte for
//!   byte; addresses are https, only a provider on loopback may name loopback, and no redirect is
//!   followed (`verify/discovery.rs`, `verify/outbound`).
//!   Tests: `a_discovery_document_names_its_issuer_and_sends_nobody_to_loopback`,
//!   `codes/discovery.rs`.
//! - **A discovery document, or a name in it, that leads inside: to the metadata of a cloud, to a
//!   machine of the operator's.** Addresses are on the public internet unless the operator named the
//!   host; names are looked at as they are connected to, also when they resolve to something else
//!   the next moment (`provider/address.rs`, `provider/network.rs`, `verify/outbound/resolver.rs`).
//!   Tests: `a_document_sends_nobody_inside_but_to_the_host_that_the_operator_named`,
//!   `what_is_not_on_the_public_internet_is_known_to_its_last_address`,
//!   `a_name_that_resolves_to_a_private_address_is_refused_unless_the_operator_named_it`,
//!   `outbound/addresses.rs`.
//! - **So slow that it uses up the service.** A bounded number of exchanges waits for one provider,
//!   and each for a bounded time (`verify/gate.rs`).
//!   Tests: `a_provider_that_hangs_keeps_out_its_own_people_and_nobody_else`,
//!   `access_tokens/isolation.rs`, `codes/failures.rs`.
//! - **Errors that are called success, a form or a page in place of JSON.** The provider's own code
//!   decides before the status, and what is not as known is nobody's sign-in
//!   (`verify/judgement.rs`).
//!   Tests: `an_answer_is_judged_by_its_code_and_then_by_its_status`,
//!   `an_answer_is_read_as_json_or_as_a_form_and_a_page_is_neither`, `access_tokens/shapes.rs`,
//!   `codes/shapes.rs`.
//! - **An answer that is to come out in our errors or logs.** They say which field is wrong, and
//!   nothing that stands in it but ids of apps (`verify/call.rs`, `http/error/description.rs`).
//!   Tests: `access_tokens/leaks.rs`, `codes/secrets.rs`.
//! - **Ids that lose digits, so that two people become one.** An id is a text or an exact whole
//!   number, or none (`provider/pointer.rs`).
//!   Tests: `an_id_is_a_text_or_an_exact_whole_number`, `access_tokens/ids.rs`.
//! - **An e-mail address that is not the person's.** It never takes part in `sub` (`user_id.rs`),
//!   and is verified only where the provider clearly says so (`provider/claims.rs`).
//!   Tests: `an_email_never_takes_part`,
//!   `an_email_is_verified_only_when_the_provider_clearly_says_so`,
//!   `the_primary_verified_address_counts_and_no_other_is_called_verified`.
//! - **An empty id, shared by all who have none.** Refused (`verify/identity.rs`).
//!   Tests: `a_subject_is_never_empty_or_endless`, `access_tokens/ids.rs`.
//! - **An answer that decides where the next call goes, or with which parameters.** It fills places in
//!   the path and the query of an address from the catalogue, percent-encoded; the host is fixed when
//!   the row is loaded (`provider/template.rs`).
//!   Tests: `what_is_put_into_an_address_changes_nothing_but_its_place`,
//!   `any_text_that_is_put_into_an_address_comes_out_of_its_place_as_it_was`,
//!   `a_row_that_cannot_work_does_not_load_and_says_why`.
//! - **The id of somebody at another provider.** Ids are unique within a namespace, and no two
//!   rows share one (`provider/catalogue`).
//!   Test: `no_two_rows_share_a_name_or_a_namespace`.
