//! The whole system, as its users run it: the binary, real processes, real sockets, real databases, real kills.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

mod agents;
mod answers;
mod backup;
mod bad_input;
mod chaos;
mod clients;
mod commands;
mod deploy;
mod drain;
mod failures;
mod fidelity;
mod first_run;
mod gallery;
mod hostile;
mod kills;
mod live;
mod login;
mod matrix;
mod openapi;
mod operating;
mod pages;
mod real_server;
mod rejoin;
mod responses_store;
mod restore;
mod rotation;
mod secrets;
mod small_disks;
mod starts;
mod switching;
mod two_planes;
mod watch;
