//! A server's own programs copy its tables and put them back: `pg_dump`, `pg_restore`, `psql`.

use std::{
    fs::OpenOptions,
    os::unix::fs::OpenOptionsExt,
    path::Path,
    process::{Output, Stdio},
};

use tokio::{
    io::AsyncWriteExt,
    process::{ChildStdin, Command},
};

use super::BackupError;
use crate::store;

/// All tables of the database's schema as they are at one moment.
pub async fn dump(url: &str, to: &Path) -> Result<(), BackupError> {
    let wrap = |source| BackupError::File { path: to.to_path_buf(), source };
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to).map_err(wrap)?;
    let mut command = program("pg_dump", url);
    command.args(["--format=custom", "--no-owner", "--no-privileges"]);
    for table in store::schema::tables() {
        command.arg(format!("--table={table}"));
    }
    let synced = file.try_clone().map_err(wrap)?;
    let spawned = command.stdout(file).stderr(Stdio::piped()).spawn();
    done("pg_dump", spawned.map_err(|error| missing("pg_dump", &error))?.wait_with_output().await)?;
    synced.sync_all().map_err(wrap)
}

/// An error while others are connected to it.
pub async fn in_use(url: &str) -> Result<(), BackupError> {
    let (_, others) = store::server_is_used(url, &store::schema::tables()).await?;
    if others > 0 { Err(BackupError::InUse(format!("{others} connections"))) } else { Ok(()) }
}

/// In one transaction: either all of it is there, or what was there before.
pub async fn put_back(copy: &Path, url: &str, force: bool) -> Result<(), BackupError> {
    let names = store::schema::tables();
    let (tables, others) = store::server_is_used(url, &names).await?;
    if tables > 0 && !force {
        return Err(BackupError::NotEmpty);
    }
    if others > 0 && tables > 0 {
        return Err(BackupError::InUse(format!("{others} connections")));
    }
    let mut command = program("psql", url);
    command.args(["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--file=-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut psql = command.spawn().map_err(|error| missing("psql", &error))?;
    let mut script = psql.stdin.take().expect("it is piped");
    let drops = format!("drop table if exists {} cascade;\n", names.join(", "));
    // An error in writing is psql's end, which says why.
    script.write_all(drops.as_bytes()).await.ok();
    if let Err(error) = read_back(copy, &mut script).await {
        // Before its script ends: it would commit what it has.
        psql.kill().await.ok();
        return Err(error);
    }
    drop(script);
    done("psql", psql.wait_with_output().await).map(drop)
}

/// The statements of a copy, as they are read.
async fn read_back(copy: &Path, script: &mut ChildStdin) -> Result<(), BackupError> {
    let mut command = Command::new("pg_restore");
    command.args(["--no-owner", "--no-privileges", "--file=-"]).arg(copy).kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut reading = command.spawn().map_err(|error| missing("pg_restore", &error))?;
    let mut statements = reading.stdout.take().expect("it is piped");
    let passing = async {
        let passed = tokio::io::copy(&mut statements, script).await;
        // psql has ended, and says why: what is left unread ends this one.
        drop(statements);
        passed
    };
    let (passed, output) = tokio::join!(passing, reading.wait_with_output());
    if passed.is_err() { Ok(()) } else { done("pg_restore", output).map(drop) }
}

/// The password goes by the environment: other users of the machine can read arguments.
fn program(name: &'static str, url: &str) -> Command {
    let (place, password) = without_password(url);
    let mut command = Command::new(name);
    command.arg(format!("--dbname={place}")).stdin(Stdio::null());
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    command
}

fn done(program: &'static str, output: std::io::Result<Output>) -> Result<Output, BackupError> {
    let output = output.map_err(|error| missing(program, &error))?;
    if output.status.success() {
        return Ok(output);
    }
    let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(BackupError::Program { program, message })
}

fn missing(program: &'static str, error: &std::io::Error) -> BackupError {
    let message = format!("{error}; it is in the package `postgresql-client`, of the server's version or a newer one");
    BackupError::Program { program, message }
}

/// The URL as libpq understands it, and the password that stood in it.
fn without_password(url: &str) -> (String, Option<String>) {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let (user, host) = authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
    let (user, mut password) = match user.map(|it| it.split_once(':').unwrap_or((it, ""))) {
        Some((user, secret)) => (format!("{user}@"), Some(secret).filter(|it| !it.is_empty()).map(decoded)),
        None => (String::new(), None),
    };
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut kept = Vec::new();
    for (name, value) in query.split('&').filter_map(|it| it.split_once('=')) {
        match name {
            "password" => password = Some(decoded(value)),
            // What the driver of this product calls otherwise, or alone knows.
            "ssl-mode" => kept.push(format!("sslmode={value}")),
            "ssl-root-cert" | "ssl-ca" => kept.push(format!("sslrootcert={value}")),
            "ssl-cert" => kept.push(format!("sslcert={value}")),
            "ssl-key" => kept.push(format!("sslkey={value}")),
            "statement-cache-capacity" => {}
            _ => kept.push(format!("{name}={value}")),
        }
    }
    let query = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
    (format!("{scheme}://{user}{host}{path}{query}"), password)
}

/// Without percent signs.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let pair = (first == b'%').then(|| after.get(..2)).flatten();
        let byte = pair.and_then(|it| u8::from_str_radix(std::str::from_utf8(it).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_leaves_the_url_wherever_it_stands() {
        let secret = |text: &str| Some(text.to_owned());
        for (url, place, password) in [
            ("postgres://a:p%40ss@h:5/d", "postgres://a@h:5/d", secret("p@ss")),
            ("postgres://a@h/d?sslmode=require", "postgres://a@h/d?sslmode=require", None),
            ("postgres://h/d?password=x%25&ssl-mode=disable", "postgres://h/d?sslmode=disable", secret("x%")),
            ("postgresql://a:b@/d?host=/run&statement-cache-capacity=1", "postgresql://a@/d?host=/run", secret("b")),
        ] {
            assert_eq!(without_password(url), (place.to_owned(), password), "{url}");
        }
    }
}
