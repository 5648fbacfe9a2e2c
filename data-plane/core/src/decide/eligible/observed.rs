use super::Rejection;
use crate::decide::statistics::Statistics;

/// What is known of a target beyond its configuration: by a router of itself, or by what routers have reported. Every
/// decision gets it as a parameter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    /// Why it cannot be asked now, whatever the request; `None`: it can.
    pub away: Option<Rejection>,
    /// How it has done lately.
    pub statistics: Statistics,
}
