//! Access tokens of Google, LinkedIn, GitHub, Facebook and Instagram: whose they are, and that none
//! counts without proof that it was issued to our app.

mod accepted;
mod cache;
mod emails;
mod explained;
mod failures;
mod flood;
mod ids;
mod inspection;
mod isolation;
mod kinds;
mod leaks;
mod misconfigured;
mod refused;
mod renewal;
mod same_person;
mod scopes;
mod sent;
mod served;
mod shapes;
mod unbound;

use serde_json::{Map, Value};

use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::form::{ACCESS_TOKEN, Form};
use crate::support::internet::{
    Call, Fake, Fault, Grant, Internet, facebook, github, google, linkedin,
};
use crate::support::verify::verify;

/// A host and a path.
type Place = (&'static str, &'static str);

/// What is answered when it is the provider's fault.
const UNAVAILABLE: (u16, &str, &str) = (503, "temporarily_unavailable", "provider_unreachable");
/// Where GitHub lists a person's addresses.
const EMAILS: Place = ("api.github.com", "/user/emails");

/// A provider that can say which app its access tokens were issued to.
#[derive(Debug)]
struct Site {
    /// Its name in python-social-auth.
    backend: &'static str,
    /// Its name in the configuration.
    idp: &'static str,
    fake: fn(&Internet) -> &Fake,
    /// What our app is granted.
    grant: fn() -> Grant,
    /// Somebody else's app.
    foreign: &'static str,
    /// Where it is asked which app a token was issued to.
    inspection: Place,
    /// Where it is asked whose a token is.
    profile: Place,
}

const GOOGLE: Site = Site {
    backend: "google-oauth2",
    idp: "google",
    fake: Internet::google,
    grant: google::grant,
    foreign: google::FOREIGN_CLIENT_ID,
    inspection: ("oauth2.googleapis.com", "/tokeninfo"),
    profile: ("openidconnect.googleapis.com", "/v1/userinfo"),
};
const LINKEDIN: Site = Site {
    backend: "linkedin-openidconnect",
    idp: "linkedin",
    fake: Internet::linkedin,
    grant: linkedin::grant,
    foreign: linkedin::FOREIGN_CLIENT_ID,
    inspection: ("www.linkedin.com", "/oauth/v2/introspectToken"),
    profile: ("api.linkedin.com", "/v2/userinfo"),
};
const GITHUB: Site = Site {
    backend: "github",
    idp: "github",
    fake: Internet::github,
    grant: github::grant,
    foreign: github::FOREIGN_CLIENT_ID,
    inspection: ("api.github.com", github::INSPECTION),
    profile: ("api.github.com", "/user"),
};
const FACEBOOK: Site = Site {
    backend: "facebook",
    idp: "facebook",
    fake: Internet::facebook,
    grant: facebook::grant,
    foreign: facebook::FOREIGN_CLIENT_ID,
    inspection: ("graph.facebook.com", "/v24.0/debug_token"),
    profile: ("graph.facebook.com", "/v24.0/me"),
};
const SITES: [&Site; 4] = [&GOOGLE, &LINKEDIN, &GITHUB, &FACEBOOK];

/// The two calls that take an access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Token exchange (RFC 8693).
    Exchange,
    /// The call of drf-social-oauth2.
    Convert,
}

const WAYS: [Way; 2] = [Way::Exchange, Way::Convert];

impl Way {
    fn path(self) -> &'static str {
        match self {
            Self::Exchange => "/token",
            Self::Convert => "/auth/convert-token",
        }
    }

    fn form(self, provider: &str, token: &str) -> Form {
        match self {
            Self::Exchange => {
                let form = Form::exchange(token).with("subject_token_type", ACCESS_TOKEN);
                form.and("provider", provider)
            }
            Self::Convert => Form::convert(token).with("backend", provider),
        }
    }

    /// Returns how a credential that is not good is refused.
    fn refusal(self, reason: &str) -> (u16, &str, &str) {
        match self {
            Self::Exchange => (400, "invalid_request", reason),
            Self::Convert => (400, "invalid_grant", reason),
        }
    }
}

/// Those that have ID tokens as well, with our client ID.
const WITH_ID_TOKENS: [(&Site, &str); 3] = [
    (&GOOGLE, google::CLIENT_ID),
    (&FACEBOOK, facebook::CLIENT_ID),
    (&LINKEDIN, linkedin::CLIENT_ID),
];

/// The service, and all that it may call.
#[derive(Debug)]
struct World {
    internet: Internet,
    app: App,
}

impl World {
    async fn start() -> Self {
        Self::with(str::to_owned).await
    }

    /// Starts it with a configuration that was changed.
    async fn with(change: impl FnOnce(&str) -> String) -> Self {
        let internet = Internet::start().await;
        let app = App::on(&internet, change).await;
        Self { internet, app }
    }

    /// Starts it with one text of the configuration replaced by another.
    async fn replacing(from: &str, to: &str) -> Self {
        Self::with(|text| {
            assert!(text.contains(from), "{from}");
            text.replace(from, to)
        })
        .await
    }

    /// Starts it with another time-out of calls.
    async fn patient_for(timeout: &str) -> Self {
        Self::replacing("[outbound]", &format!("[outbound]\ntimeout = \"{timeout}\"")).await
    }

    /// Gives out a good access token that nobody has seen.
    fn token(&self, site: &Site) -> String {
        (site.fake)(&self.internet).issue((site.grant)())
    }

    /// Gives out an access token that stands for something else.
    fn token_for(&self, site: &Site, change: impl FnOnce(Grant) -> Grant) -> String {
        (site.fake)(&self.internet).issue(change((site.grant)()))
    }

    async fn send(&self, way: Way, provider: &str, token: &str) -> Answer {
        self.post(way, &way.form(provider, token)).await
    }

    async fn post(&self, way: Way, form: &Form) -> Answer {
        self.app.post_form(way.path(), form).await
    }

    /// Exchanges a good access token that nobody has seen.
    async fn exchange(&self, site: &Site) -> Answer {
        self.send(Way::Exchange, site.backend, &self.token(site)).await
    }

    fn fault(&self, (host, path): Place, fault: impl Into<Option<Fault>>) {
        self.internet.fault(host, path, fault);
    }

    fn change(&self, (host, path): Place, change: impl Fn(&mut Value) + Send + 'static) {
        self.internet.change(host, path, change);
    }

    /// Has an address say something else at a place where it says something.
    fn say(&self, place: Place, pointer: &'static str, value: Value) {
        self.change(place, move |answer| {
            *answer.pointer_mut(pointer).unwrap() = value.clone();
        });
    }

    fn calls(&self, (host, path): Place) -> Vec<Call> {
        self.internet.calls(host, path)
    }

    /// Returns what the issued token of an answer says.
    async fn claims(&self, answer: &Answer, case: &str) -> Map<String, Value> {
        verify(&self.app, &answer.token(case), "https://api.example.com").await.1
    }
}

/// Checks that a description says some words.
fn assert_says(answer: &Answer, case: &str, words: &[&str]) {
    let description = answer.text("error_description");
    for word in words {
        assert!(description.contains(word), "{case}: no {word} in: {description}");
    }
}
