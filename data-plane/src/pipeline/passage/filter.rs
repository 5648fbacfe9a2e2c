use data_plane_core::dialect::filter::TextFilter;

use crate::pipeline::exchange::Exchange;

/// What filters the texts of an answer, whole or streamed, forwarded or translated. `None`: nothing does, and what is
/// forwarded keeps its bytes.
pub const fn filter(_exchange: &Exchange<'_>) -> Option<Box<dyn TextFilter>> {
    None
}
