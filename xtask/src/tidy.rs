//! `tidy`: rules of the design that the compiler does not know.

mod breach;
mod contract;
mod crates;
mod defaults;
mod layers;
mod links;
mod module;
mod module_files;
mod module_graph;
mod rules;
mod siblings;
mod sizes;
mod source_module;
mod threats;
mod type_names;
mod walkthroughs;
mod wall_clock;
mod words;

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use self::breach::Breach;
use self::module_graph::ModuleGraph;
use self::rules::Rules;
use crate::command::output;
use crate::steps::Steps;
use crate::totals::Totals;

/// Checks and counts.
pub fn run() -> ExitCode {
    let mut steps = Steps::default();
    steps.run("tidy", check);
    steps.finish()
}

/// Records additions to the contract between the planes.
pub fn accept_contract() -> Result<()> {
    contract::accept()
}

/// The same as a part of another chore: every rule is one check, every breach is printed; where there is none, each
/// crate's layers and the exceptions are.
pub fn check() -> Result<Totals> {
    let sources = Sources::read()?;
    let rules = Rules::read(&sources)?;
    let found = breaches(&sources, &rules)?;
    let bad_exceptions = rules.bad_exceptions(&found);
    let mut totals = Totals::default();
    for (rule, breaches) in found.into_iter().chain([("exceptions", bad_exceptions)]) {
        let breaches = rules.without_exceptions(rule, breaches);
        for breach in &breaches {
            println!("{rule}: {}", breach.message);
        }
        totals += if breaches.is_empty() { Totals::ONE_PASSED } else { Totals::ONE_FAILED };
    }
    if totals.failed == 0 {
        println!("Layers, the highest first: each imports from lower ones only.\n");
        rules.with_sources().for_each(|it| println!("{}", layers::picture(it)));
        rules.exceptions.iter().for_each(|it| println!("exception from `{}`: {}: {}", it.rule, it.place, it.reason));
    }
    Ok(totals)
}

/// What each rule finds, exceptions included.
fn breaches(sources: &Sources, rules: &Rules) -> Result<Vec<(&'static str, Vec<Breach>)>> {
    let (mut circles, mut directions, mut siblings) = (Vec::new(), Vec::new(), Vec::new());
    for it in rules.with_sources() {
        let families = ModuleGraph::read(sources, &it.root)?.families();
        circles.extend(layers::circles(&it.name, &families));
        directions.extend(families.first().into_iter().flat_map(|top| layers::directions(it, top)));
        siblings.extend(siblings::breaches(&rules.siblings, &it.name, &families));
    }
    Ok(vec![
        ("circles", circles),
        ("contract", contract::breaches()?),
        ("crates", crates::breaches(rules)?),
        ("defaults", defaults::breaches(&rules.defaults, sources)),
        ("layers", directions),
        ("links", links::breaches(sources, Path::exists)),
        ("module files", module_files::breaches(sources)),
        ("siblings", siblings),
        ("sizes", sizes::breaches(&rules.sizes, sources)),
        ("threats", threats::breaches(sources)),
        ("type names", type_names::breaches(rules, sources)),
        ("wall clock", wall_clock::breaches(sources)),
        ("walkthroughs", walkthroughs::breaches(&rules.walkthroughs, sources)),
        ("words", words::breaches(sources)),
    ])
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
