#![expect(clippy::unwrap_used, reason = "tests")]

use std::future::{Future, ready};
use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::{Decision, Head, decide};
use crate::config::{Caller, Limits, Scope, Snapshot, SnapshotParts, Target, Token, TokenState};
use crate::decide::eligible::{Observed, Rejection};
use crate::decide::fixtures::{at_once, group, member, target};
use crate::decide::identify::Identified;
use crate::decide::plan::Translate;
use crate::decide::{AskedBody, Continued, Stage, Step, Surroundings};
use crate::dialect::Operation;
use crate::error::{Code, Refusal};

const TOKEN: &str = "sr_0123456789ab_01234567890123456789012345678901234567890122AcfV0";
const BODY: &str = r#"{"model":"fast","messages":[{"role":"user","content":"hi"}]}"#;

/// State that somebody else reported, as plain data. It writes down what is asked of it.
#[derive(Default)]
struct Reported {
    body: String,
    continued: Option<String>,
    entry: Option<Code>,
    tokens: Option<Code>,
    away: Vec<&'static str>,
    stages: Vec<Stage>,
    reads: Vec<&'static str>,
    reserved: Vec<u64>,
    denied: bool,
}

fn refused(code: Option<Code>) -> Result<(), Refusal> {
    code.map_or(Ok(()), |code| Err(Refusal::new(code, "")))
}

impl Surroundings for Reported {
    type Hold = ();
    type Keeping = ();

    fn note(&mut self, step: Step<'_>) {
        match step {
            Step::Entered(stage) => self.stages.push(stage),
            Step::Denied(denied) => self.denied = denied.named.caller.id == "ana",
            _ => {}
        }
    }

    fn enter(&mut self, _: &Arc<Identified>) -> impl Future<Output = Result<(), Refusal>> + Send {
        ready(refused(self.entry))
    }

    fn body(&mut self) -> impl Future<Output = Result<AskedBody, Refusal>> + Send {
        self.reads.push("body");
        ready(Ok(AskedBody { operation: Operation::ChatCompletions, body: Bytes::from(self.body.clone()) }))
    }

    fn continued(
        &mut self,
        _: &Identified,
        _: &AskedBody,
    ) -> impl Future<Output = Result<Continued<()>, Refusal>> + Send {
        self.reads.push("store");
        ready(Ok(Continued { body: self.continued.clone().map(Bytes::from), keeping: None }))
    }

    fn admit(&mut self, (): &mut (), tokens: u64) -> impl Future<Output = Result<(), Refusal>> + Send {
        self.reserved.push(tokens);
        ready(refused(self.tokens))
    }

    fn translating(&mut self, _: &[u8]) -> Result<(), Refusal> {
        Ok(())
    }

    fn observe(&self, target: &Target) -> Observed {
        let away = self.away.contains(&target.id.as_str());
        Observed { away: away.then_some(Rejection::Unavailable("the breaker is open")), ..Observed::default() }
    }

    fn translate(&self) -> Translate {
        Translate::All
    }
}

fn snapshot(change: impl FnOnce(&mut Caller, &mut TokenState)) -> Arc<Snapshot> {
    let mut caller = Caller {
        id: "ana".to_owned(),
        user: "ana".to_owned(),
        project: String::new(),
        environment: String::new(),
        allow: vec!["fast".to_owned()],
        default_group: None,
        scopes: vec![Scope::Inference],
        limits: Limits::default(),
        disabled: false,
    };
    let mut state = TokenState::Active;
    change(&mut caller, &mut state);
    let caller = Arc::new(caller);
    let digest = Sha256::digest(TOKEN).into();
    let id = "0123456789ab".to_owned();
    let token = Token { id, caller: Arc::clone(&caller), digest, state, expires_ms: None };
    let groups = vec![Arc::new(group(vec![member(target("a"), 1), member(target("b"), 1)]))];
    let names = groups.iter().map(|it| (it.id.clone(), it.id.as_str().into())).collect();
    let groups = groups.into_iter().map(|it| (it.id.as_str().into(), it)).collect();
    let tokens = [(token.id.as_str().into(), Arc::new(token))].into();
    let parts = SnapshotParts {
        names: Arc::new(names),
        groups: Arc::new(groups),
        tokens: Arc::new(tokens),
        ..SnapshotParts::default()
    };
    Arc::new(Snapshot::new(1, Vec::new(), parts))
}

fn run(snapshot: &Arc<Snapshot>, reported: &mut Reported) -> Result<Decision<Reported>, Refusal> {
    let head = Head { credentials: [TOKEN], scope: Scope::Inference, now_ms: 0, seed: 7 };
    at_once(decide(snapshot, head, reported))
}

fn reported() -> Reported {
    Reported { body: BODY.to_owned(), ..Reported::default() }
}

#[test]
fn stages_come_in_their_order_and_reported_state_decides() {
    let mut reported = Reported { away: vec!["a"], ..reported() };
    let decision = run(&snapshot(|_, _| {}), &mut reported).ok().unwrap();
    let stages = reported.stages.iter().map(|it| it.as_str());
    let expected = ["identify", "scope", "head-admit", "understand", "authorise", "continue", "admit", "plan"];
    assert_eq!(stages.collect::<Vec<_>>(), expected);
    assert_eq!(reported.reads, ["body", "store"]);
    let order: Vec<_> = decision.plan.order().iter().map(|it| it.target.id.clone()).collect();
    assert_eq!(order, ["b"], "the breaker of the other one is open");
    let away = decision.plan.considered.last().unwrap();
    assert_eq!(away.verdict.as_ref().err().unwrap()[0].code(), "unavailable");
    assert_eq!((decision.request.group.id.as_str(), decision.plan.refusal), ("fast", None));
}

#[test]
fn nothing_is_read_for_whom_the_head_refuses() {
    let unread = |snapshot: Arc<Snapshot>, entry| {
        let mut reported = Reported { entry, ..reported() };
        let code = run(&snapshot, &mut reported).err().unwrap().code;
        assert!(reported.reads.is_empty() && reported.reserved.is_empty(), "{code:?}: {:?}", reported.reads);
        (code, reported.denied)
    };
    let open = || snapshot(|_, _| {});
    assert_eq!(unread(snapshot(|_, state| *state = TokenState::Suspended), None), (Code::TokenSuspended, true));
    assert_eq!(unread(snapshot(|caller, _| caller.scopes.clear()), None), (Code::ScopeForbidden, false));
    for limit in [Code::RateLimitRequests, Code::RateLimitConcurrency] {
        assert_eq!(unread(open(), Some(limit)), (limit, false));
    }
}

#[test]
fn no_store_is_read_for_a_group_that_the_caller_may_not_call() {
    let mut reported = reported();
    let refusal = run(&snapshot(|caller, _| caller.allow.clear()), &mut reported).err().unwrap();
    assert_eq!((refusal.code, reported.reads), (Code::ModelNotAllowed, vec!["body"]));
    let mut reported = Reported { body: "{".to_owned(), ..Reported::default() };
    assert_eq!(run(&snapshot(|_, _| {}), &mut reported).err().unwrap().code, Code::InvalidRequest);
}

#[test]
fn a_continued_conversation_is_what_is_counted_and_planned() {
    let mut alone = reported();
    let own = run(&snapshot(|_, _| {}), &mut alone).ok().unwrap();
    assert_eq!(own.request.body.as_ptr(), own.request.said.as_ptr(), "the caller's own bytes");
    let long = BODY.replace("hi", &"word ".repeat(100));
    let mut continued = Reported { continued: Some(long.clone()), ..reported() };
    let decision = run(&snapshot(|_, _| {}), &mut continued).ok().unwrap();
    assert_eq!((&decision.request.body[..], &decision.request.said[..]), (long.as_bytes(), BODY.as_bytes()));
    assert!(continued.reserved[0] > alone.reserved[0] + 50, "{:?} {:?}", continued.reserved, alone.reserved);
    let mut refused = Reported { tokens: Some(Code::RateLimitTokens), ..reported() };
    assert_eq!(run(&snapshot(|_, _| {}), &mut refused).err().unwrap().code, Code::RateLimitTokens);
    assert_eq!(refused.stages.last(), Some(&Stage::Admit));
}
