//! One file per command. A command parses nothing and decides nothing: it calls a plane, or the admin API.

pub mod access;
pub mod admin_session;
pub mod admin_token;
pub mod audit;
pub mod completions;
pub mod config;
pub mod conformance;
pub mod control_plane;
pub mod credential;
pub mod data_plane;
pub mod db;
pub mod declared;
pub mod doctor;
pub mod health;
pub mod in_force;
pub mod limits;
pub mod node;
pub mod report;
pub mod report_schedule;
pub mod request;
pub mod route;
pub mod sandbox;
pub mod standalone;
pub mod token;
pub mod unknown;
pub mod version;

#[cfg(test)]
mod tests;
