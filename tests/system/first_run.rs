//! A new user's first minute: start, paste the curl line, read the report.

use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::support::process::{self, Process};
use crate::support::{eventually, free_address};

#[tokio::test]
async fn the_printed_curl_line_works_and_is_reported_with_its_cost() {
    let directory = TempDir::new().unwrap();
    let data_dir = directory.path().join("data").display().to_string();
    let log = directory.path().join("standalone.log");
    let addresses = [free_address(), free_address(), free_address(), free_address()].map(|it| it.to_string());
    let [listen, admin, grpc, sandbox] = &addresses;
    let mut command = process::command(&["standalone", "--data-dir", &data_dir, "--listen", listen]);
    command.args(["--admin-listen", admin, "--grpc-listen", grpc, "--sandbox-listen", sandbox]).current_dir(&directory);
    let standalone = Process::start(command, &log);
    eventually("the curl line is printed", || async { curl_line(&standalone.log()).is_some() }).await;

    let line = curl_line(&standalone.log()).unwrap();
    let script = format!("{line} --silent --write-out '\\n%{{http_code}}'");
    let output = Command::new("sh").args(["-c", &script]).stderr(Stdio::inherit()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.ends_with("\n200"), "{line}\nanswered: {text}");
    assert!(text.contains("\"chat.completion\""), "{text}");

    let report =
        || process::stdout(&["report", "--data-dir", &data_dir, "--group-by", "caller,group", "--output", "json"]);
    let counted = eventually("the request is reported", || async {
        let rows: serde_json::Value = serde_json::from_str(&report()).unwrap();
        rows["rows"].as_array().is_some_and(|rows| rows.len() == 1 && rows[0]["requests"] == 1)
    });
    counted.await;
    let rows: serde_json::Value = serde_json::from_str(&report()).unwrap();
    assert!(rows["rows"][0]["cost_usd"].as_str().unwrap().parse::<f64>().unwrap() > 0.0, "{rows}");
}

fn curl_line(log: &str) -> Option<String> {
    let start = log.find("curl ")?;
    let mut line = String::new();
    for part in log[start..].lines() {
        line.push_str(part.trim_end_matches('\\'));
        if !part.ends_with('\\') {
            return Some(line);
        }
    }
    None
}
