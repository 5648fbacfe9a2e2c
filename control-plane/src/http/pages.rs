//! The pages: each handler asks the same functions as the admin API, and fills a view of the crate `web`.

mod address;
mod answer;
mod assets;
mod charts;
mod export;
mod failure;
mod home;
mod overview;
mod reader;
mod request;
mod requests;
mod theme;
pub mod tokens;
mod told;
mod wrong;

pub use assets::{asset, favicon, licences};
pub use failure::{nowhere, outside, readable};
pub use home::home;
pub use overview::overview;
pub use request::request;
pub use requests::requests;
pub use theme::set as set_theme;
