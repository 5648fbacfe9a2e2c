//! Serving and explaining go through the same stages: whichever one breaks, both change.
#![expect(clippy::unwrap_used, reason = "tests")]

#[expect(dead_code, unused_imports, reason = "shared with the router's other tests")]
#[path = "../router/support/mod.rs"]
mod support;

use data_plane_core::decide::Stage;
use data_plane_core::decide::fault::break_stage;
use proto::Word as _;
use vocabulary::Scope;

use self::support::{CHAT, Stack, chat};

const EXPLAIN: &str = "/v1/route/explain?operation=chat-completions";

#[tokio::test]
async fn a_stage_that_breaks_changes_what_is_served_and_what_is_explained() {
    let stack = Stack::sandboxed(|it| it.model("demo").with(|it| it.caller.scopes.push(Scope::Explain.number()))).await;
    let stages = [
        Stage::Identify,
        Stage::Scope,
        Stage::HeadAdmit,
        Stage::Understand,
        Stage::Authorise,
        Stage::Continue,
        Stage::Admit,
        Stage::Plan,
    ];
    for stage in stages {
        for path in [CHAT, EXPLAIN] {
            break_stage(None);
            assert_eq!(stack.post(path, chat("")).await.status, 200, "{path} works");
            break_stage(Some(stage));
            let broken = stack.post(path, chat("")).await;
            assert_eq!((broken.status.as_u16(), broken.code()), (500, "internal"), "{path} {stage:?}");
            assert!(broken.text().contains(&format!("`{}` is broken", stage.as_str())), "{path}: {}", broken.text());
        }
    }
    break_stage(None);
    assert_eq!(stack.received().await.len(), stages.len(), "what breaks reaches no upstream");
}
