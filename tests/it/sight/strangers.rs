//! What strangers may say of a trace, and what proxies may.

use super::collector::{Collector, hex, the};
use super::{app, audit, behind_proxy, exchange};
use crate::support::form::Form;
use crate::support::log::Log;

const SAMPLED: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const UNSAMPLED: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

#[tokio::test]
async fn a_strangers_trace_is_taken_over_and_the_share_decides_whether_it_is_recorded() {
    let collector = Collector::start().await;
    let app = app(&collector.configuration("1.0")).await;
    let form = Form::exchange(&app.id_token().compact());
    exchange(&app, UNSAMPLED, &form).await.token("a share of all");
    let spans = collector.trace("POST /token", 1).await;
    let request = the(&spans, "POST /token");
    assert_eq!(hex(&request.trace_id), TRACE);
    assert_eq!(hex(&request.parent_span_id), "b7ad6b7169203331");
    assert_eq!(request.trace_state, "", "what else is said is a stranger's");
}

#[tokio::test]
async fn a_stranger_has_nothing_recorded_where_the_share_is_none() {
    let collector = Collector::start().await;
    let app = app(&collector.configuration("0.0")).await;
    let log = Log::start();
    exchange(&app, SAMPLED, &Form::exchange(&app.id_token().compact())).await.token("good");
    let lines = audit(&log);
    assert!(lines[0].contains(&format!("trace_id={TRACE}")), "{lines:?}");
    app.stop().await;
    assert!(collector.messages().is_empty());
}

#[tokio::test]
async fn a_proxy_decides_what_is_recorded() {
    let collector = Collector::start().await;
    let app = behind_proxy(&collector.configuration("1.0")).await;
    exchange(&app, UNSAMPLED, &Form::exchange(&app.id_token().compact())).await.token("good");
    app.stop().await;
    let spans = collector.spans();
    assert!(!spans.iter().any(|span| span.name == "POST /token"), "{spans:#?}");
}
