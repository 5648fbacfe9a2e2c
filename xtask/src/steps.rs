//! A chore's steps: each is announced, timed and counted; a failed one does not keep the next from running.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::totals::Totals;

/// What was done so far.
#[derive(Default)]
pub struct Steps {
    done: Vec<Step>,
}

struct Step {
    name: &'static str,
    took: Duration,
    totals: Totals,
}

impl Steps {
    /// Runs a step that counts for itself; an error counts as one failure.
    pub fn run(&mut self, name: &'static str, work: impl FnOnce() -> Result<Totals>) {
        eprintln!("== {name}");
        let started = Instant::now();
        let totals = work().unwrap_or_else(|error| {
            eprintln!("{name}: {error:#}");
            Totals::ONE_FAILED
        });
        self.done.push(Step { name, took: started.elapsed(), totals });
    }

    /// Runs a step that is one check.
    pub fn check(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) {
        self.run(name, || work().map(|()| Totals::ONE_PASSED));
    }

    /// Prints what each step took, and the totals as the last line.
    pub fn finish(self) -> ExitCode {
        let mut all = Totals::default();
        println!();
        for Step { name, took, totals } in &self.done {
            println!("{name:<28} {:>7.1} s   {totals}", took.as_secs_f64());
            all += *totals;
        }
        println!("{all}");
        if all.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
