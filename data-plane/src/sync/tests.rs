#![expect(clippy::unwrap_used, reason = "tests")]

mod apply;
mod contact;
mod control_plane;
mod disk;
mod examine;
mod stream;
mod tls;
