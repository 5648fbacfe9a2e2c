//! Who is let in to the pages, and for how long: pure decisions about claims, sessions, addresses to return to and what a
//! provider says when somebody has logged out there.

mod claims;
mod lifetime;
mod logout_token;
mod return_to;

pub use claims::{Claims, NotAdmitted, admit};
pub use lifetime::{Ended, ended, is_recent};
pub use logout_token::{Expected, LogoutToken};
pub use return_to::ReturnTo;
