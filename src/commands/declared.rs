//! The file that a standalone is started with. It declares what is in force when it is new; a restart alone declares nothing, and
//! takes back nothing that was changed since, such as a rollback.

use control_plane::InitialDocument;
use control_plane::manage::{ManageError, config};
use control_plane_core::diff::Change;

use crate::exit::{Exit, Failure};

/// A configuration that was read from a file.
pub struct Declared {
    pub document: InitialDocument,
    /// Where it is; `None`: it came from standard input.
    pub path: Option<String>,
}

impl Declared {
    /// Applies it. What it does not change is not published again.
    pub async fn apply(&self, control_plane: &control_plane::Running) -> Result<(), Failure> {
        let (control, name) = (control_plane.control(), &self.document.name);
        let change = config::Apply {
            text: &self.document.text,
            comment: "from the file",
            expected_version: None,
            file: self.path.as_deref(),
            force: false,
        };
        let applied = match config::apply(control, config::Author::SYSTEM, &change).await {
            Err(ManageError::WouldUndo { since, current, changes }) => {
                let against = config::compare(control, change.text, Some(since), config::Author::SYSTEM).await;
                if against.map_err(|error| self.refused(&error))?.changes.is_empty() {
                    tracing::warn!(
                        version = current,
                        "{name} is as it was when it was applied last (version {since}), and the configuration was changed since: \
                         that stays in force. `smart-router config apply --force {name}` goes back to the file, `smart-router config \
                         export > {name}` keeps what is in force; they differ in {}",
                        places(&changes)
                    );
                    return Ok(());
                }
                tracing::warn!(
                    version = current,
                    "{name} is new, and takes back what was changed since version {since}: {}; `smart-router config rollback {current}` \
                     brings it again",
                    places(&changes)
                );
                config::apply(control, config::Author::SYSTEM, &config::Apply { force: true, ..change }).await
            }
            outcome => outcome,
        };
        for warning in applied.map_err(|error| self.refused(&error))?.warnings {
            eprintln!("{name}:{warning}");
        }
        Ok(())
    }

    /// Every mistake with its place.
    fn refused(&self, error: &ManageError) -> Failure {
        let name = &self.document.name;
        let message = match error {
            ManageError::InvalidConfig(problems) => {
                problems.iter().map(|it| format!("{name}:{it}")).collect::<Vec<_>>().join("\n")
            }
            error => format!("{name}: {error}"),
        };
        Failure::new(Exit::Configuration, message)
    }
}

fn places(changes: &[Change]) -> String {
    changes.iter().map(|it| it.path.as_str()).collect::<Vec<_>>().join(", ")
}
