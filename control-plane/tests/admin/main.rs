//! What administrators see of the control plane: the store, the admin API over real HTTP, the first start. Every test of
//! the store runs on SQLite, and on PostgreSQL where `SMART_ROUTER_TEST_POSTGRES_URL` names a server.

#![expect(clippy::unwrap_used, reason = "tests")]

#[macro_use]
#[path = "../routers/database.rs"]
mod database;
mod access;
mod admin_tokens;
mod backup;
mod browser;
mod concurrency;
mod configuration;
mod credentials;
mod description;
mod domains;
mod drafts;
mod editing;
mod examine;
mod govern_pages;
mod idempotency;
mod login_store;
mod logins;
mod mine_pages;
mod node_pages;
mod observe_pages;
mod operate_pages;
mod own_pages;
mod pages;
mod plane;
mod report_schedules;
mod requests;
mod route_forms;
mod route_pages;
mod start;
mod store;
mod surroundings;
mod token_pages;
mod tokens;
