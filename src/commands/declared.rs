//! The file that a standalone is started with. It is the truth: a start applies it, and takes back what was changed since by
//! other ways. That it is read again while the process serves takes back nothing, unless the file is new.

use control_plane::InitialDocument;
use control_plane::manage::{Control, ManageError, config};
use control_plane_core::diff::Change;

use crate::exit::{Exit, Failure};

/// A configuration that was read from a file.
pub struct Declared {
    pub document: InitialDocument,
    /// Where it is; `None`: it came from standard input.
    pub path: Option<String>,
}

impl Declared {
    /// Applies it at a start. What it does not change is not published again.
    pub async fn apply(&self, control_plane: &control_plane::Running) -> Result<(), Failure> {
        self.publish(control_plane.control(), true).await
    }

    /// Applies it while the control plane serves: a file that is as it was takes nothing back.
    pub async fn apply_again(&self, control_plane: &control_plane::Running) -> Result<(), Failure> {
        self.publish(control_plane.control(), false).await
    }

    async fn publish(&self, control: &Control, starts: bool) -> Result<(), Failure> {
        let name = &self.document.name;
        let change = config::Apply {
            text: &self.document.text,
            comment: "from the file",
            expected_version: None,
            file: self.path.as_deref(),
            force: false,
        };
        let applied = match config::apply(control, config::Author::SYSTEM, &change).await {
            Err(ManageError::WouldUndo { since, current, changes }) => {
                if !starts && self.is_as_at(control, since).await? {
                    tracing::warn!(
                        version = current,
                        "{name} is as it was when it was applied last (version {since}), and the configuration was changed since: \
                         that stays in force until the next start. `smart-router config apply --force {name}` goes back to the \
                         file, `smart-router config export > {name}` keeps what is in force; they differ in {}",
                        places(&changes)
                    );
                    return Ok(());
                }
                tracing::warn!(
                    version = current,
                    "{name} is the configuration, and takes back what was changed since version {since}: {}; `smart-router config \
                     rollback {current}` brings it again, `smart-router config export --version {current} > {name}` keeps it",
                    places(&changes)
                );
                config::apply(control, config::Author::SYSTEM, &config::Apply { force: true, ..change }).await
            }
            outcome => outcome,
        };
        for warning in applied.map_err(|error| self.refused(&error))?.warnings {
            crate::output::say!("{name}:{warning}");
        }
        Ok(())
    }

    /// Whether it says what was in force at a version.
    async fn is_as_at(&self, control: &Control, version: u64) -> Result<bool, Failure> {
        let against = config::compare(control, &self.document.text, Some(version), config::Author::SYSTEM).await;
        Ok(against.map_err(|error| self.refused(&error))?.changes.is_empty())
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
