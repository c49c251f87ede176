//! Checking `[traces]`: where they go, and how many.

use url::Url;

use super::super::TraceSettings;
use super::super::raw::RawTraces;
use super::{Checked, problem};

/// Checks where traces go. Plain http leads anywhere here: the operator names the collector, which is
/// often inside a cluster and seldom has a certificate, and a trace holds no credential.
pub(super) fn traces(raw: RawTraces) -> Checked<Option<TraceSettings>> {
    let sample = raw.sample.0;
    if !(0.0..=1.0).contains(&sample) {
        return Err(problem("traces.sample", format!("{sample}; expected 0 to 1")));
    }
    let endpoint = raw.endpoint.map(|text| endpoint(&text)).transpose()?;
    Ok(endpoint.map(|endpoint| TraceSettings { endpoint, sample }))
}

/// Says that a share has nothing to be a share of.
pub(super) fn warning(raw: &RawTraces) -> Option<String> {
    let is_unused = raw.endpoint.is_none() && raw.sample.0 < 1.0;
    let warning = "traces.sample: changes nothing without traces.endpoint: there are no traces";
    is_unused.then(|| warning.to_owned())
}

/// What is in a wrong address is not shown: it may be a password.
fn endpoint(text: &str) -> Checked<Url> {
    let wrong = || {
        let expected = "expected an http or https address without user name, password and fragment, \
                        for instance http://127.0.0.1:4318/v1/traces";
        problem("traces.endpoint", expected)
    };
    let url = Url::parse(text).map_err(|_| wrong())?;
    let is_plain = url.username().is_empty() && url.password().is_none();
    let fits = matches!(url.scheme(), "http" | "https") && is_plain && url.fragment().is_none();
    if fits && url.host().is_some() { Ok(url) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::super::super::raw::Plain;
    use super::*;

    fn checked(endpoint: Option<&str>, sample: f64) -> Result<Option<(String, f64)>, String> {
        let raw = RawTraces { endpoint: endpoint.map(str::to_owned), sample: Plain(sample) };
        let checked = traces(raw).map_err(|problem| problem.key + ": " + &problem.problem)?;
        Ok(checked.map(|it| (it.endpoint.into(), it.sample)))
    }

    #[test]
    fn traces_go_to_a_web_address_and_nowhere_unless_one_is_named() {
        for good in [
            "http://127.0.0.1:4318/v1/traces",
            "http://otel-collector.observability:4318/v1/traces",
            "https://otlp.example.com/v1/traces?project=a",
        ] {
            assert_eq!(checked(Some(good), 0.5), Ok(Some((good.to_owned(), 0.5))));
        }
        assert_eq!(checked(None, 1.0), Ok(None));
        for bad in [
            "",
            "127.0.0.1:4318",
            "grpc://127.0.0.1:4317",
            "https://user:hush@otlp.example.com/v1/traces",
            "https://hush@otlp.example.com/v1/traces",
            "https://otlp.example.com/v1/traces#hush",
            "file:///v1/traces",
        ] {
            let refused = checked(Some(bad), 1.0).unwrap_err();
            assert!(refused.starts_with("traces.endpoint: expected an http"), "{bad}: {refused}");
            assert!(!refused.contains("hush"), "{bad}");
        }
    }

    #[test]
    fn a_share_of_nothing_is_pointed_out() {
        let warned = |endpoint: Option<&str>, sample| {
            warning(&RawTraces { endpoint: endpoint.map(str::to_owned), sample: Plain(sample) })
        };
        assert!(warned(None, 0.1).unwrap().starts_with("traces.sample: "));
        assert_eq!(warned(None, 1.0), None, "as where nothing is said");
        assert_eq!(warned(Some("http://127.0.0.1:4318/v1/traces"), 0.1), None);
    }

    #[test]
    fn a_share_is_from_none_to_all() {
        for good in [0.0, 0.001, 1.0] {
            assert!(checked(None, good).is_ok(), "{good}");
        }
        for bad in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert!(checked(None, bad).unwrap_err().starts_with("traces.sample: "), "{bad}");
        }
    }
}
