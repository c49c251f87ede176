//! The demo's invented people.

use serde::Serialize;

/// Somebody to sign in as.
#[derive(Debug, Serialize)]
pub(super) struct Person {
    /// Their name in requests.
    pub(super) id: &'static str,
    /// Their id at the provider.
    #[serde(skip)]
    pub(super) subject: &'static str,
    pub(super) name: &'static str,
    #[serde(skip)]
    pub(super) given_name: &'static str,
    #[serde(skip)]
    pub(super) family_name: &'static str,
    pub(super) email: &'static str,
    pub(super) email_verified: bool,
    #[serde(skip)]
    pub(super) locale: &'static str,
    /// The picture's background.
    #[serde(skip)]
    colour: &'static str,
}

/// Everybody.
pub(super) const PEOPLE: [Person; 4] = [
    Person {
        id: "ada",
        subject: "demo-1815",
        name: "Ada Lovelace",
        given_name: "Ada",
        family_name: "Lovelace",
        email: "ada@example.test",
        email_verified: true,
        locale: "en",
        colour: "#7a4b9d",
    },
    Person {
        id: "emmy",
        subject: "demo-1882",
        name: "Emmy Noether",
        given_name: "Emmy",
        family_name: "Noether",
        email: "emmy@example.test",
        email_verified: true,
        locale: "de",
        colour: "#2f6f73",
    },
    Person {
        id: "srinivasa",
        subject: "demo-1887",
        name: "Srinivasa Ramanujan",
        given_name: "Srinivasa",
        family_name: "Ramanujan",
        email: "srinivasa@example.test",
        email_verified: true,
        locale: "ta",
        colour: "#a4532a",
    },
    Person {
        id: "sofja",
        subject: "demo-1850",
        name: "Софья Ковалевская",
        given_name: "Софья",
        family_name: "Ковалевская",
        email: "sofja@example.test",
        email_verified: false,
        locale: "ru",
        colour: "#3d5a9e",
    },
];

/// Returns the person of this id.
pub(super) fn find(id: &str) -> Option<&'static Person> {
    const { &PEOPLE }.iter().find(|person| person.id == id)
}

impl Person {
    /// Returns the path of the person's picture.
    pub(super) fn picture(&self) -> String {
        format!("/demo/people/{}.svg", self.id)
    }

    /// Returns the picture: initials on a disc.
    pub(super) fn svg(&self) -> String {
        let initial = |name: &str| name.chars().next().unwrap_or(' ');
        let (first, last) = (initial(self.given_name), initial(self.family_name));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 96 96\">\
             <circle cx=\"48\" cy=\"48\" r=\"48\" fill=\"{}\"/>\
             <text x=\"48\" y=\"61\" font-family=\"sans-serif\" font-size=\"36\" fill=\"#fff\" \
             text-anchor=\"middle\">{first}{last}</text></svg>",
            self.colour
        )
    }
}
