//! The configuration to paste: complete and good once every `…` is replaced. What may be added
//! stands in comments that are good as well.

use std::fmt::Write as _;

use crate::provider::{Form, RawCode, Row, Setting};

/// Returns the tables of one provider.
pub(super) fn configuration(row: &Row) -> String {
    // The one row that is not named by its table.
    let is_oidc = row.name == "oidc";
    let table = if is_oidc { "acme" } else { &row.name };
    let mut text = format!("[providers.{table}]\n");
    if is_oidc {
        text.push_str("kind = \"oidc\"\nissuer = \"https://…\"\n");
    }
    text.push_str("client_ids = [\"…\"]\n");
    text.push_str(secret(row));
    text.push_str(allowance(row));
    if row.domain_claim.is_some() {
        text.push_str("# hosted_domains = [\"example.com\"]\n");
    }
    if !is_oidc && !row.settings.is_empty() {
        // Writing to a string does not fail.
        let _ = writeln!(text, "\n[providers.{table}.settings]");
        row.settings.iter().for_each(|(name, it)| text.push_str(&setting(name, it)));
    }
    text
}

fn secret(row: &Row) -> &'static str {
    let signs = row.code.as_ref().is_some_and(RawCode::is_signed);
    match (signs, row.needs_secret()) {
        (true, true) => "client_secret_file = \"AuthKey_….p8\"\n",
        (true, false) => "# client_secret_file = \"AuthKey_….p8\"\n",
        (false, true) => "client_secret = \"…\"\n",
        (false, false) if row.takes_secret() => "# client_secret = \"…\"\n",
        (false, false) => "",
    }
}

fn allowance(row: &Row) -> &'static str {
    if row.takes_nothing_else() {
        return "allow_unbound_access_tokens = true  # all it has, and nothing proves for which app\n";
    }
    let is_unbound = row.binding.is_none() && row.kinds().contains(&"access_token");
    if is_unbound { "# allow_unbound_access_tokens = true\n" } else { "" }
}

/// Writes a setting with its default. What may be left out is only suggested, and so is what comes
/// of other settings.
fn setting(name: &str, setting: &Setting) -> String {
    let open = match setting.form {
        Form::Url | Form::Issuer => "https://…",
        Form::Host => "….example.com",
        Form::Text | Form::Name => "…",
    };
    let default = setting.default.as_deref();
    let is_derived = default.is_some_and(|default| default.contains('{'));
    let mark = if setting.optional || is_derived { "# " } else { "" };
    let value = default.filter(|_| !is_derived).unwrap_or(open);
    format!("{mark}{name} = {value:?}  # {}\n", setting.help)
}
