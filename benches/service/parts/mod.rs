//! What is measured.

pub(crate) mod access_token;
pub(crate) mod documents;
pub(crate) mod exchanges;
pub(crate) mod growth;
pub(crate) mod memory;
pub(crate) mod replicas;
pub(crate) mod start;

/// Returns the median of ratios, of thousandths.
pub(crate) fn median(mut of: Vec<u64>) -> u64 {
    of.sort_unstable();
    of[of.len() / 2]
}

/// Writes thousandths as a ratio.
pub(crate) fn ratio(thousandths: u64) -> String {
    format!("{}.{:03}", thousandths / 1000, thousandths % 1000)
}
