//! The pages: each handler asks the same functions as the admin API, and fills a view of the crate `web`.

pub mod access;
mod address;
mod answer;
mod assets;
pub mod callers;
mod charts;
mod command_line;
mod edit;
mod errors;
mod explore;
mod export;
mod failure;
mod filters;
mod home;
mod overview;
pub mod projects;
mod reader;
mod request;
mod requests;
mod sessions;
mod spend;
mod theme;
pub mod tokens;
mod told;
mod wrong;

pub use assets::{asset, favicon, licences};
pub use errors::errors;
pub use explore::explore;
pub use failure::{nowhere, outside, readable};
pub use home::home;
pub use overview::overview;
pub use request::request;
pub use requests::requests;
pub use sessions::{session, sessions};
pub use theme::set as set_theme;
