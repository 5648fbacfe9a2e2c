use data_plane_core::decide::FailureClass;
use data_plane_core::error::Code;
use data_plane_core::record::AttemptClass;

use super::failed::code;

/// Why a stream that had begun did not end well.
pub(super) struct Broken {
    pub class: AttemptClass,
    pub code: Code,
    pub detail: String,
}

impl Broken {
    pub fn cut_off() -> Self {
        Self { class: AttemptClass::Interrupted, code: Code::Draining, detail: "the router was stopped".to_owned() }
    }

    pub fn new(class: FailureClass, detail: &impl ToString) -> Self {
        Self { class: AttemptClass::Failed(class), code: code(class), detail: detail.to_string() }
    }
}
