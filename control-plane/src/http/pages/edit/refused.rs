use axum::http::StatusCode;
use control_plane_core::{Severity, pointer};
use web::form::Mistake;

use crate::{http::problem::Problem, manage::ManageError};

/// A mistake that stands at no place.
pub fn told(text: impl Into<String>) -> Mistake {
    Mistake { pointer: String::new(), field: String::new(), text: text.into(), hint: String::new() }
}

/// A mistake of a field.
pub fn at(field: &str, text: impl Into<String>) -> Mistake {
    Mistake { field: field.to_owned(), ..told(text) }
}

/// Why a change is refused, as a page tells it.
pub(super) fn refused(error: ManageError) -> (StatusCode, Vec<Mistake>) {
    match error {
        ManageError::InvalidConfig(problems) => {
            let mistakes = problems.iter().filter(|it| it.severity == Severity::Error);
            let mistakes = mistakes.map(|it| Mistake { pointer: pointer(&it.path), ..told(it.message.clone()) });
            (StatusCode::UNPROCESSABLE_ENTITY, mistakes.collect())
        }
        ManageError::OutsideDomain(all) => {
            let mistakes = all.into_iter().map(|it| Mistake { pointer: it.pointer, ..told(it.reason) });
            (StatusCode::FORBIDDEN, mistakes.collect())
        }
        ManageError::Store(error) => {
            // That goes to the log, too.
            drop(Problem::from(error));
            let text = "The database does not answer. What you have typed is still here: send it again in a moment.";
            (StatusCode::SERVICE_UNAVAILABLE, vec![told(text)])
        }
        error @ (ManageError::Denied(_) | ManageError::MovesKeys { .. }) => {
            (StatusCode::FORBIDDEN, vec![told(error.to_string())])
        }
        // Others may have what is not shown: it is not told that they do.
        ManageError::NotFound { .. } => {
            let text = "It cannot be made or changed under this name: choose another.";
            (StatusCode::UNPROCESSABLE_ENTITY, vec![told(text)])
        }
        error @ ManageError::ReadOnly { .. } => (StatusCode::CONFLICT, vec![told(error.to_string())]),
        error => (StatusCode::UNPROCESSABLE_ENTITY, vec![told(error.to_string())]),
    }
}
