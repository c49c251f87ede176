//! The service as an operator sets it up for the providers of `internet`.

use super::app::App;
use super::internet::Internet;

/// The configuration that these tests start from. `{proxy}` and `{ca_file}` stand for the
/// internet's, `{keys}` for the key directory.
const CONFIGURATION: &str = r#"
issuer = "https://id.example.com"
listen = "127.0.0.1:0"

[keys]
directory = "{keys}"

[limits]
requests_per_minute = 0
processor_wait = "0"

[outbound]
proxy = "{proxy}"
ca_file = "{ca_file}"

[[clients]]
id = "spa"
audience = ["https://api.example.com"]
origins = ["https://app.example.com"]
redirect_uris = ["https://app.example.com/callback"]
claims = ["email", "email_verified", "name", "given_name", "family_name", "preferred_username", "picture", "locale", "idp_sub"]

[providers.google]
client_ids = ["web.apps.googleusercontent.com", "ios.apps.googleusercontent.com"]
client_secret = "google-secret"

[providers.linkedin]
client_ids = ["78abcdefghijkl"]
client_secret = "linkedin-secret"

[providers.facebook]
client_ids = ["312083254664235"]
client_secret = "facebook-secret"

[providers.github]
client_ids = ["Iv1.0123456789abcdef"]
client_secret = "github-secret"

[providers.instagram]
client_ids = ["990602627938098"]
client_secret = "instagram-secret"
"#;

/// Returns the configuration, but for the key directory.
pub(crate) fn configuration(internet: &Internet) -> String {
    filled(CONFIGURATION, internet)
}

fn filled(text: &str, internet: &Internet) -> String {
    let ca_file = internet.ca_file().display().to_string();
    text.replace("{proxy}", &internet.proxy()).replace("{ca_file}", &ca_file)
}

impl App {
    /// Starts the service on an internet, with a configuration that was changed.
    pub(crate) async fn on(internet: &Internet, change: impl FnOnce(&str) -> String) -> Self {
        let text = filled(&change(CONFIGURATION), internet);
        Self::configured(|_| text).await
    }
}
