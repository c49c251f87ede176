//! The search: many secrets in much text, at once.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Mutex;

use url::form_urlencoded::byte_serialize;

use super::Leak;

/// Shortest text that is a secret, in bytes: anything shorter stands anywhere by chance.
const SHORTEST: usize = 8;
/// Shortest signature that tells a token, in characters.
const SHORTEST_SIGNATURE: usize = 20;
/// How much of the log is searched for a secret that is kept only after it, in bytes.
const RECENT: usize = 256 * 1024;

/// What is kept, and what was logged last.
#[derive(Debug, Default)]
pub(crate) struct Watch(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    known: HashSet<String>,
    /// What is searched for, by its first bytes.
    by_head: HashMap<[u8; SHORTEST], Vec<String>>,
    heads: Heads,
    recent: VecDeque<String>,
    recent_bytes: usize,
}

impl Watch {
    /// Keeps a secret, and tells whether it is in the log already.
    pub(crate) fn keep(&self, secret: &str) -> Option<Leak> {
        let mut state = self.0.lock().unwrap();
        if secret.len() < SHORTEST || !state.known.insert(secret.to_owned()) {
            return None;
        }
        let forms = forms(secret);
        for form in &forms {
            state.add(form);
        }
        let seen = |line: &&String| forms.iter().any(|form| line.contains(form));
        let line = state.recent.iter().find(seen)?;
        let form = forms.iter().find(|form| line.contains(*form))?;
        Some(Leak::new("the log, before it was kept", form, line))
    }

    /// Searches a line of the log.
    pub(crate) fn log(&self, line: &str) -> Option<Leak> {
        let mut state = self.0.lock().unwrap();
        state.remember(line);
        state.search("the log", line)
    }

    /// Searches a text.
    pub(crate) fn search(&self, place: &str, text: &str) -> Option<Leak> {
        self.0.lock().unwrap().search(place, text)
    }
}

impl State {
    fn add(&mut self, form: &str) {
        let Some(head) = form.as_bytes().first_chunk::<SHORTEST>() else { return };
        self.heads.add(*head);
        self.by_head.entry(*head).or_default().push(form.to_owned());
    }

    fn remember(&mut self, line: &str) {
        self.recent_bytes += line.len();
        self.recent.push_back(line.to_owned());
        while self.recent_bytes > RECENT {
            let Some(oldest) = self.recent.pop_front() else { break };
            self.recent_bytes -= oldest.len();
        }
    }

    fn search(&self, place: &str, text: &str) -> Option<Leak> {
        let bytes = text.as_bytes();
        // A plain loop: tests are not optimised, and this one sees every byte.
        let mut at = 0;
        while let Some(head) = bytes[at..].first_chunk::<SHORTEST>() {
            if self.heads.may_have(*head)
                && let Some(forms) = self.by_head.get(head)
                && let Some(found) =
                    forms.iter().find(|form| bytes[at..].starts_with(form.as_bytes()))
            {
                return Some(Leak::new(place, found, text));
            }
            at += 1;
        }
        None
    }
}

/// Returns what is searched for: the secret as it is, as a form has it, and as Rust prints it; of
/// a compact JWS the signature, without which it is worth nothing.
fn forms(secret: &str) -> Vec<String> {
    let parts: Vec<_> = secret.split('.').collect();
    let secret = match parts.as_slice() {
        [_, _, signature] if signature.len() >= SHORTEST_SIGNATURE => signature,
        _ => secret,
    };
    let encoded: String = byte_serialize(secret.as_bytes()).collect();
    let printed = secret.escape_debug().to_string();
    let mut forms = vec![secret.to_owned(), encoded, printed];
    forms.sort();
    forms.dedup();
    forms
}

/// Tells quickly of most texts that nothing starts there: one bit for each of many heads.
#[derive(Debug)]
struct Heads(Vec<u64>);

/// Bits, as a power of two.
const HEAD_BITS: u32 = 18;

impl Default for Heads {
    fn default() -> Self {
        Self(vec![0; 1 << (HEAD_BITS - 6)])
    }
}

impl Heads {
    fn place(head: [u8; SHORTEST]) -> (usize, u64) {
        // Knuth's multiplicative hash: the upper bits depend on all bytes.
        let hash = u64::from_le_bytes(head).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let bit = usize::try_from(hash >> (64 - HEAD_BITS)).unwrap();
        (bit >> 6, 1 << (bit & 63))
    }

    fn add(&mut self, head: [u8; SHORTEST]) {
        let (word, bit) = Self::place(head);
        self.0[word] |= bit;
    }

    fn may_have(&self, head: [u8; SHORTEST]) -> bool {
        let (word, bit) = Self::place(head);
        self.0[word] & bit != 0
    }
}
