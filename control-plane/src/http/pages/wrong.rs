use axum::response::{IntoResponse, Response};

use crate::http::problem::Problem;

/// Why a page cannot be shown as asked.
pub struct Wrong(Problem);

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
