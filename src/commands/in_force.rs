//! On how many routers a change is in force: what every command says that makes one.

use std::time::Duration;

use clap::Args;
use serde_json::Value;

use crate::admin_client::AdminClient;
use crate::exit::{Exit, Failure};
use crate::values;

/// How long routers that are connected usually take.
const USUALLY: Duration = Duration::from_secs(2);

/// Whether a command waits for routers.
#[derive(Args)]
pub struct WaitArgs {
    /// Waits until it is in force on every router, and fails with 69 when it is not by then: `--wait=30s`, at most `5m`
    #[arg(
        long,
        env = "SMART_ROUTER_WAIT",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "30s",
        value_parser = values::wait
    )]
    wait: Option<Duration>,
}

impl WaitArgs {
    /// Whether the command is to fail when it is not in force everywhere.
    pub fn is_asked(&self) -> bool {
        self.wait.is_some()
    }

    /// As a parameter of a change that waits itself.
    pub fn query(&self) -> String {
        self.wait.map(|it| format!("?wait={}ms", it.as_millis())).unwrap_or_default()
    }

    /// Asks where a version is in force, and waits as long as was asked for. The answer is noted in `answer`.
    pub async fn ask(&self, client: &AdminClient, answer: &mut Value) -> InForce {
        let wait = self.wait.unwrap_or(USUALLY).as_millis();
        let path = format!("/versions/{}", answer["version"]);
        match client.get(&path, &[("wait", format!("{wait}ms"))]).await {
            Ok(found) => {
                let told = InForce::read(&found);
                answer["in_force"] = found;
                told
            }
            Err(failure) => InForce::untold(&failure.message),
        }
    }

    /// What is told of it: on success to whoever reads, else as the failure that was asked for.
    pub fn outcome(&self, found: InForce) -> Result<String, Failure> {
        if self.is_asked() && !found.everywhere {
            return Err(Failure::new(Exit::Unavailable, found.text));
        }
        Ok(found.text)
    }
}

/// On how many routers a change is in force, in words, and whether that is all of them.
pub struct InForce {
    text: String,
    everywhere: bool,
}

impl InForce {
    /// As the admin API tells it.
    pub fn read(found: &Value) -> Self {
        let (Some(held), Some(missing)) = (found["routers"].as_u64(), found["not_yet"].as_array()) else {
            return Self::untold("this control plane is older, and does not tell");
        };
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let line = |it: &Value| {
            let (name, id, status) = (word(&it["name"]), word(&it["id"]), word(&it["status"]));
            format!("{name} ({id}, {status}, at version {})", it["held_version"])
        };
        let names: Vec<String> = missing.iter().map(line).collect();
        let text = match (held, names.is_empty()) {
            (0, true) => "There is no router yet that it could be in force on.".to_owned(),
            (_, true) => format!("In force on {held} of {held} routers."),
            (_, false) => {
                format!("In force on {held} of {} routers; not on: {}.", held + names.len() as u64, names.join(", "))
            }
        };
        Self { text, everywhere: names.is_empty() }
    }

    fn untold(why: &str) -> Self {
        Self { text: format!("On how many routers it is in force is not known: {why}."), everywhere: false }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::InForce;

    #[test]
    fn where_it_is_in_force_is_told_as_it_is_known() {
        let away = json!({"id": "n1", "name": "paris", "status": "away", "held_version": 3});
        for (found, text, everywhere) in [
            (json!({"routers": 2, "not_yet": []}), "In force on 2 of 2 routers.", true),
            (json!({"routers": 0, "not_yet": []}), "no router yet", true),
            (
                json!({"routers": 1, "not_yet": [away]}),
                "1 of 2 routers; not on: paris (n1, away, at version 3).",
                false,
            ),
            // A control plane of 0.1 says nothing of it.
            (json!(null), "not known", false),
        ] {
            let told = InForce::read(&found);
            assert!(told.text.contains(text), "{}", told.text);
            assert_eq!(told.everywhere, everywhere, "{found}");
        }
    }
}
