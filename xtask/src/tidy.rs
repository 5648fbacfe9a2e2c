//! `tidy`: rules of the design that the compiler does not know.

mod crates;
mod links;
mod module;
mod siblings;
mod sizes;
mod words;

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::command::output;
use crate::steps::Steps;
use crate::totals::Totals;

/// Checks and counts.
pub fn run() -> ExitCode {
    let mut steps = Steps::default();
    steps.run("tidy", check);
    steps.finish()
}

/// The same as a part of another chore: every rule is one check, every breach is printed.
pub fn check() -> Result<Totals> {
    let sources = Sources::read()?;
    let breaches = [
        ("sizes", sizes::breaches(&sources)),
        ("crates", crates::breaches()?),
        ("siblings", siblings::breaches(&sources)),
        ("links", links::breaches(&sources, Path::exists)),
        ("words", words::breaches(&sources)),
    ];
    let mut totals = Totals::default();
    for (rule, breaches) in breaches {
        for breach in &breaches {
            println!("{rule}: {breach}");
        }
        totals += if breaches.is_empty() { Totals::ONE_PASSED } else { Totals::ONE_FAILED };
    }
    Ok(totals)
}

/// The repository's texts: path, relative to the workspace, and content.
pub struct Sources(Vec<(String, String)>);

impl Sources {
    /// Everything that is or would be committed; what is not text is left out.
    fn read() -> Result<Self> {
        let listed = output(Command::new("git").args(["ls-files", "--cached", "--others", "--exclude-standard"]))?;
        let present = listed.lines().filter(|path| Path::new(path).is_file());
        let texts = present.map(|path| {
            let bytes = std::fs::read(path).with_context(|| format!("cannot read {path}"))?;
            Ok(String::from_utf8(bytes).ok().map(|text| (path.to_owned(), text)))
        });
        Ok(Self(texts.filter_map(Result::transpose).collect::<Result<_>>()?))
    }

    /// All of them.
    fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Those with that ending.
    fn ending(&self, ending: &str) -> impl Iterator<Item = (&str, &str)> {
        self.all().filter(move |(path, _)| path.ends_with(ending))
    }
}
