//! Tells the binary what it is built from. The same sources make the same binary: the date is `SOURCE_DATE_EPOCH`, or else the
//! commit's. `SMART_ROUTER_COMMIT` names the commit where there is no checkout, such as in an image; without either the build
//! works and says `unknown`. Builds for development say so as well, or each commit would build the binary anew.

use std::env;
use std::path::Path;
use std::process::Command;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

fn main() {
    println!("cargo::rerun-if-env-changed=SMART_ROUTER_COMMIT");
    println!("cargo::rerun-if-env-changed=SOURCE_DATE_EPOCH");
    let checkout = env::var("PROFILE").is_ok_and(|it| it == "release") && is_checkout();
    if checkout && let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"]).filter(|it| Path::new(it).exists()) {
        println!("cargo::rerun-if-changed={log}");
    }
    let asked = |arguments: &[&str]| if checkout { git(arguments) } else { None };
    let commit = given("SMART_ROUTER_COMMIT").or_else(|| asked(&["rev-parse", "HEAD"]));
    let seconds = given("SOURCE_DATE_EPOCH").or_else(|| asked(&["show", "-s", "--format=%ct", "HEAD"]));
    let date = seconds.and_then(|it| OffsetDateTime::from_unix_timestamp(it.parse().ok()?).ok()?.format(&Rfc3339).ok());
    println!("cargo::rustc-env=SMART_ROUTER_BUILD_COMMIT={}", commit.as_deref().unwrap_or("unknown"));
    println!("cargo::rustc-env=SMART_ROUTER_BUILD_DATE={}", date.as_deref().unwrap_or("unknown"));
}

fn given(name: &str) -> Option<String> {
    env::var(name).ok().filter(|it| !it.is_empty())
}

/// Whether these sources are a checkout of their own: below somebody else's, a commit would be another project's.
fn is_checkout() -> bool {
    let here = env::var("CARGO_MANIFEST_DIR").ok().and_then(|it| Path::new(&it).canonicalize().ok());
    here.is_some() && git(&["rev-parse", "--show-toplevel"]).and_then(|it| Path::new(&it).canonicalize().ok()) == here
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok().filter(|it| it.status.success())?;
    String::from_utf8(output.stdout).ok().map(|it| it.trim().to_owned()).filter(|it| !it.is_empty())
}
