use axum::response::{IntoResponse, Response};

use super::reader::Reader;
use crate::http::problem::Problem;

/// Why a page cannot be shown as asked.
pub struct Wrong(Problem);

impl Wrong {
    /// The page that says so.
    pub fn shown(self, _reader: Reader) -> Response {
        self.0.into_response()
    }
}

impl<T: Into<Problem>> From<T> for Wrong {
    fn from(error: T) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Wrong {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}
