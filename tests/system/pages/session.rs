//! Somebody at a terminal, who types what a page says.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::block::Block;
use crate::support::{PATIENCE, process};

/// A shell in an empty folder, with a home of its own, in which variables and the current folder outlive a block.
pub struct Session {
    folder: TempDir,
    /// What the page says, and what it is here.
    names: Vec<(String, String)>,
    variables: Vec<(String, String)>,
    path: String,
    /// All that was printed, by commands and by servers.
    printed: String,
}

impl Session {
    /// `$WORK` in what a name stands for is where commands are typed.
    pub fn new(names: &[(&str, &str)], variables: &[(&str, &str)], programs: &[PathBuf]) -> Self {
        let folder = TempDir::new().unwrap();
        let work = folder.path().join("work").display().to_string();
        let names = names.iter().map(|(there, here)| ((*there).to_owned(), here.replace("$WORK", &work))).collect();
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        for name in ["home", "work", "state"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/system/pages/bin");
        let mut path = vec![own.display().to_string()];
        path.extend(programs.iter().map(|it| it.display().to_string()));
        path.push(std::env::var("PATH").unwrap());
        let path = path.join(":");
        Self { folder, names, variables, path, printed: String::new() }
    }

    /// Where the page's commands are typed.
    pub fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// Types a block; the error is what it said. With something that has to be printed it is typed until that is there: a usage
    /// row, a new token, need a moment.
    pub fn run(&mut self, block: &Block, printing: Option<&str>) -> Result<(), String> {
        let Some(script) = block.script() else { return Ok(()) };
        let script = self.here(&script);
        let started = Instant::now();
        loop {
            let (succeeded, said) = self.shell(&script);
            self.printed.push_str(&said);
            if succeeded && printing.is_none_or(|it| said.contains(it)) {
                return Ok(());
            }
            if printing.is_none() || started.elapsed() > PATIENCE {
                return Err(format!("{}\n{script}\nsaid:\n{said}", block.place));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn shell(&self, script: &str) -> (bool, String) {
        let state = self.folder.path().join("state");
        let (kept, said) = (state.join("environment"), state.join("said"));
        let script = format!(
            "if [ -e '{kept}' ]; then . '{kept}'; fi\nset -euo pipefail\n{script}\nexport -p > '{kept}'\n",
            kept = kept.display()
        );
        // To a file: what goes on serving holds on to it.
        let file = std::fs::File::create(&said).unwrap();
        let mut command = Command::new("bash");
        command.args(["-c", &script]).current_dir(self.work()).env_clear().stdin(Stdio::null());
        command.envs(self.variables.iter().cloned()).env("PATH", &self.path).env("LANG", "C.UTF-8");
        command.env("HOME", self.folder.path().join("home")).env("PAGES_STATE", state);
        command.env("PAGES_BINARY", process::command(&[]).get_program());
        command.stdout(file.try_clone().unwrap()).stderr(file);
        let succeeded = command.status().unwrap().success();
        (succeeded, String::from_utf8_lossy(&std::fs::read(said).unwrap()).into_owned())
    }

    /// The text with what the page leaves open filled in.
    fn here(&self, text: &str) -> String {
        let printed = format!("{}{}", self.served(), self.printed);
        let tokens = ["sr_", "sra_", "srj_"].map(|prefix| (format!("{prefix}…"), last_token(&printed, prefix)));
        let tokens = tokens.into_iter().filter_map(|(left_open, it)| Some((left_open, it?)));
        let names = self.names.iter().cloned().chain(tokens);
        names.fold(text.to_owned(), |text, (there, here)| text.replace(&there, &here))
    }

    /// What servers have printed.
    fn served(&self) -> String {
        let logs = std::fs::read_dir(self.folder.path().join("state")).unwrap().map(|it| it.unwrap().path());
        let logs = logs.filter(|it| it.extension().is_some_and(|it| it == "log"));
        logs.map(|it| std::fs::read_to_string(it).unwrap()).collect()
    }
}

/// The token that was printed last.
fn last_token(printed: &str, prefix: &str) -> Option<String> {
    let mut words = printed.split(|it: char| !it.is_ascii_alphanumeric() && it != '_');
    words.rfind(|it| it.starts_with(prefix) && it.len() > 40).map(ToOwned::to_owned)
}

impl Drop for Session {
    fn drop(&mut self) {
        for kind in ["standalone", "control-plane", "data-plane"] {
            let pid = std::fs::read_to_string(self.folder.path().join(format!("state/{kind}.pid")));
            if let Ok(pid) = pid {
                Command::new("kill").args(["-9", pid.trim()]).status().ok();
            }
        }
    }
}
