//! The table of metrics in docs/operations.md: all that the service exports, and nothing else.

use std::collections::BTreeSet;

use super::blocks::read;
use crate::program::{CONFIGURATION, Serving, get};

const PAGE: &str = "docs/operations.md";
const PREFIX: &str = "countersign_";

/// Returns the names of the table, as samples have them.
fn documented() -> BTreeSet<String> {
    let page = read(PAGE);
    let (_, rest) = page.split_once("| name | labels | what |\n").unwrap();
    let rows = rest.lines().skip(1).take_while(|line| line.starts_with('|'));
    let cells = rows.map(|row| row.trim_start_matches("| ").split(" | ").next().unwrap());
    let names = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    names.map(str::to_owned).collect()
}

/// Returns the names that are exported, as samples have them.
fn exported(metrics: &str) -> BTreeSet<String> {
    let families = metrics.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let names = families.map(|family| {
        let (name, kind) = family.split_once(' ').unwrap();
        let end = match kind {
            "counter" => "_total",
            "info" => "_info",
            _ => "",
        };
        format!("{}{end}", name.strip_prefix(PREFIX).unwrap())
    });
    names.collect()
}

#[test]
fn the_table_has_every_metric_and_no_other() {
    let serving = Serving::start(CONFIGURATION);
    let metrics = get(&format!("{}/metrics", serving.url)).body;
    assert_eq!(documented(), exported(&metrics));
}
