//! The engine: scripts, counters, and one answer per request.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::HeaderMap;
use muster_base::{Clock, Secret};
use parking_lot::{Mutex, RwLock};
use serde::Serialize;
use serde_json::Value;

use crate::answer::{Answer, request_hash, strikes};
use crate::capture::{Capture, Captured};
use crate::chunks::{Piece, pieces};
use crate::conversation::Conversation;
use crate::faults::{Fault, FaultKind};
use crate::ledger::Ledger;
use crate::prefix::{PrefixStats, Prefixes};
use crate::rules;
use crate::script::Script;
use crate::stamps::Stamps;
use crate::wire::Wire;

/// How a scripted model behaves.
#[derive(Clone, Debug)]
pub struct Options {
    /// The first one is the default.
    pub scripts: Vec<Script>,
    /// Refuse requests that break the provider's rules (models.md 11.5 lists them).
    pub strict: bool,
    /// Also refuse requests without the attribution headers.
    pub attribution: bool,
    /// Obey `[[script name k=v]]` in the last user message.
    pub directives: bool,
    /// Keep the last requests for [`ScriptedModel::requests`].
    pub capture: bool,
    /// Write times into the texts, for load tests.
    pub stamps: bool,
    /// Compare each prompt with the one before it of the same chat.
    pub cache_prefix: bool,
    /// Opens the admin routes; without one they are open to this machine only.
    pub admin_token: Option<Secret>,
    /// Drives pacing and stalls.
    pub clock: Clock,
}

impl Options {
    /// One script, strict, without capture.
    #[must_use]
    pub fn new(script: Script, clock: Clock) -> Self {
        Self {
            scripts: vec![script],
            strict: true,
            attribution: false,
            directives: false,
            capture: false,
            stamps: false,
            cache_prefix: false,
            admin_token: None,
            clock,
        }
    }
}

/// What a scripted model has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Model requests.
    pub requests: u64,
    /// Requests that broke a provider's rule and were refused.
    pub violations: u64,
    /// Faults that struck.
    pub faults: u64,
    /// How much of the prompts stayed the same; counted in `cache_prefix` mode only.
    pub prefix: PrefixStats,
}

/// A cheap handle to one scripted model.
#[derive(Clone, Debug)]
pub struct ScriptedModel(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    options: RwLock<Options>,
    clock: Clock,
    capture: Capture,
    requests: AtomicU64,
    violations: AtomicU64,
    faults: AtomicU64,
    /// How often a counted fault has struck, by request hash.
    struck: Mutex<HashMap<String, u32>>,
    prefixes: Prefixes,
    shared: Mutex<HashMap<SharedKey, Arc<[Piece]>>>,
    ledger: Ledger,
}

/// Answers whose encoded pieces are kept.
const SHARED_MAX: usize = 256;

/// Equal keys have equal pieces.
type SharedKey = (Wire, Answer, String, bool);

/// Which script a request asks for, and the variables it brings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    pub(crate) name: Option<String>,
    pub(crate) vars: BTreeMap<String, String>,
}

impl ScriptedModel {
    /// A model that answers by the scripts of `options`.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self(Arc::new(Inner {
            clock: options.clock.clone(),
            options: RwLock::new(options),
            capture: Capture::default(),
            requests: AtomicU64::new(0),
            violations: AtomicU64::new(0),
            faults: AtomicU64::new(0),
            struck: Mutex::new(HashMap::new()),
            prefixes: Prefixes::default(),
            shared: Mutex::new(HashMap::new()),
            ledger: Ledger::default(),
        }))
    }

    /// Replaces the scripts; the first one is the default.
    pub fn set_scripts(&self, scripts: Vec<Script>) {
        self.0.options.write().scripts = scripts;
    }

    /// Starts or stops keeping requests.
    pub fn set_capture(&self, capture: bool) {
        self.0.options.write().capture = capture;
    }

    /// What has happened since the start or the last reset.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats {
            requests: self.0.requests.load(Ordering::Relaxed),
            violations: self.0.violations.load(Ordering::Relaxed),
            faults: self.0.faults.load(Ordering::Relaxed),
            prefix: self.0.prefixes.stats(),
        }
    }

    /// Captured requests with a number above `since`, oldest first.
    #[must_use]
    pub fn requests(&self, since: u64) -> Vec<Captured> {
        self.0.capture.since(since)
    }

    /// Forgets every response that was kept, as a provider does after some weeks: a request
    /// that continues one is refused.
    pub fn forget_responses(&self) {
        self.0.ledger.clear();
    }

    /// Forgets counters, captured requests, kept responses and how often faults have struck.
    pub fn reset(&self) {
        self.0.requests.store(0, Ordering::Relaxed);
        self.0.violations.store(0, Ordering::Relaxed);
        self.0.faults.store(0, Ordering::Relaxed);
        self.0.struck.lock().clear();
        self.0.prefixes.clear();
        self.0.capture.clear();
        self.0.ledger.clear();
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.0.ledger
    }

    pub(crate) fn capture(&self) -> Option<&Capture> {
        self.0.options.read().capture.then_some(&self.0.capture)
    }

    /// Whether the strict checks and the attribution check are on.
    pub(crate) fn checks(&self) -> (bool, bool) {
        let options = self.0.options.read();
        (options.strict, options.attribution)
    }

    pub(crate) fn options(&self) -> Options {
        self.0.options.read().clone()
    }

    pub(crate) fn configure(&self, change: impl FnOnce(&mut Options)) {
        change(&mut self.0.options.write());
    }

    pub(crate) fn has_stamps(&self) -> bool {
        self.0.options.read().stamps
    }

    /// Compares the prompt with the one before it, where that is wanted.
    pub(crate) fn note_prompt(&self, headers: &HeaderMap, body: &Value) {
        if self.0.options.read().cache_prefix {
            self.0.prefixes.note(headers, body);
        }
    }

    /// The pieces of a streamed answer. Whole answers share theirs: of ten thousand equal
    /// streams the events are written once.
    pub(crate) fn pieces(
        &self,
        wire: Wire,
        answer: Answer,
        conversation: &Conversation,
        fault: Option<&Fault>,
    ) -> Arc<[Piece]> {
        let pace = answer.pace;
        let build = |answer: &Answer| -> Arc<[Piece]> {
            pieces(wire.events(answer, conversation), pace, fault, wire).into()
        };
        if fault.is_some() {
            return build(&answer);
        }
        let key = (
            wire,
            answer,
            conversation.model.clone(),
            conversation.stream_usage,
        );
        if let Some(shared) = self.0.shared.lock().get(&key) {
            return Arc::clone(shared);
        }
        let built = build(&key.1);
        let mut shared = self.0.shared.lock();
        if shared.len() >= SHARED_MAX {
            shared.clear();
        }
        shared.insert(key, Arc::clone(&built));
        built
    }

    pub(crate) fn count_request(&self) {
        self.0.requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_violation(&self) {
        self.0.violations.fetch_add(1, Ordering::Relaxed);
    }

    /// The answer to a request, and the fault that strikes it.
    pub(crate) fn answer(
        &self,
        conversation: &Conversation,
        headers: &HeaderMap,
        body: &[u8],
        selection: Selection,
    ) -> Result<(Answer, Option<Fault>), String> {
        let options = self.0.options.read();
        let selection = directive(&options, conversation).unwrap_or(selection);
        let script = pick(&options.scripts, selection.name.as_deref())?;
        let hash = request_hash(script, body);
        let Some((rule, captured)) = rules::choose(script, conversation, headers) else {
            return Ok((Answer::by_itself(conversation, hash, script.pace), None));
        };
        let mut vars = selection.vars;
        vars.extend(captured);
        let fault = rule
            .reply
            .fault
            .clone()
            .filter(|fault| self.strikes(fault, &hash));
        let mut answer = Answer::of_rule(script, (rule, vars), conversation, hash, fault.as_ref());
        if options.stamps {
            answer.text = answer.text.as_deref().map(Stamps::mark);
        }
        Ok((answer, fault))
    }

    fn strikes(&self, fault: &Fault, hash: &str) -> bool {
        if fault.rate.is_some_and(|rate| !strikes(rate, hash)) {
            return false;
        }
        if let Some(times) = fault.times {
            let mut struck = self.0.struck.lock();
            let count = struck.entry(hash.to_owned()).or_default();
            if *count >= times {
                return false;
            }
            *count += 1;
        }
        if !matches!(fault.kind, FaultKind::SlowHeaders(_)) {
            self.0.faults.fetch_add(1, Ordering::Relaxed);
        }
        true
    }
}

fn pick<'s>(scripts: &'s [Script], name: Option<&str>) -> Result<&'s Script, String> {
    match name {
        None => scripts
            .first()
            .ok_or_else(|| "no script is loaded".to_owned()),
        Some(name) => scripts
            .iter()
            .find(|script| script.name == name)
            .ok_or_else(|| format!("no script is called \"{name}\"")),
    }
}

/// `[[script name k=v …]]` in the last user message, where directives are on.
fn directive(options: &Options, conversation: &Conversation) -> Option<Selection> {
    if !options.directives {
        return None;
    }
    let (_, after) = conversation.last_user_text().split_once("[[script ")?;
    let (inside, _) = after.split_once("]]")?;
    Some(parse_selection(inside.split_whitespace()))
}

/// A name followed by `k=v` pairs.
pub(crate) fn parse_selection<'a>(words: impl IntoIterator<Item = &'a str>) -> Selection {
    let mut words = words.into_iter();
    let name = words.next().map(str::to_owned);
    let pairs = words.filter_map(|word| word.split_once('='));
    let vars = pairs
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    Selection { name, vars }
}
