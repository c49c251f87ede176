//! The provider's page, on which whoever is there says who they are: a form, and no script.

use std::fmt::Write as _;

use super::parameters::Parameters;
use crate::demo::people::{PEOPLE, Person};

/// The page without what differs.
const PAGE: &str = include_str!("../page/sign-in.html");

/// Returns the page for a request; who is probably there has the focus.
pub(super) fn page(parameters: &Parameters, hinted: Option<&Person>) -> String {
    let mut hidden = String::new();
    for (name, value) in parameters.iter().filter(|(name, _)| !matches!(*name, "person" | "cancel"))
    {
        let (name, value) = (escaped(name), escaped(value));
        let _ = write!(hidden, "<input type=\"hidden\" name=\"{name}\" value=\"{value}\">");
    }
    let first = |person: &&Person| hinted.is_some_and(|hinted| hinted.id == person.id);
    let people = PEOPLE.iter().filter(first).chain(PEOPLE.iter().filter(|it| !first(it)));
    let people: String = people.map(|person| item(person, first(&person))).collect();
    PAGE.replace("<!-- people -->", &people).replace("<!-- request -->", &hidden)
}

fn item(person: &Person, first: bool) -> String {
    let focus = if first { " autofocus" } else { "" };
    format!(
        "<li><button name=\"person\" value=\"{}\"{focus}>\
         <img src=\"{}\" alt=\"\" width=\"40\" height=\"40\">\
         <span><span class=\"person-name\">{}</span><span class=\"person-email\">{}</span></span>\
         </button></li>",
        person.id,
        person.picture(),
        escaped(person.name),
        escaped(person.email),
    )
}

/// Makes text of what may be an element or the end of an attribute.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
