//! What a run has shown, as a page.

use std::collections::BTreeMap;
use std::time::Duration;

use super::ledger::Ledger;
use super::probe;
use super::round::Round;
use super::watch::Watch;

pub struct Report {
    seed: u64,
    minutes: f64,
    rounds: Vec<Round>,
    at_the_end: Vec<String>,
    arrivals: usize,
    excused: usize,
    courses: String,
}

impl Report {
    pub fn new(seed: u64, minutes: f64) -> Self {
        let (at_the_end, courses) = (Vec::new(), String::new());
        Self { seed, minutes, rounds: Vec::new(), at_the_end, arrivals: 0, excused: 0, courses }
    }

    /// How many there were.
    pub fn rounds(&self) -> usize {
        self.rounds.len()
    }

    pub fn add(&mut self, round: Round) {
        self.rounds.push(round);
    }

    pub fn finish(&mut self, ledger: &Ledger, watch: &Watch, wrong: Vec<String>) {
        self.at_the_end = wrong;
        self.at_the_end.extend(watch.failures());
        self.arrivals = ledger.arrivals();
        self.excused = ledger.lost_by_restore.len();
        for course in watch.courses() {
            let (first, last, most) = (course.first, course.last, course.most);
            self.courses.push_str(&format!(
                "| {} | {} | {} → {} (most {}) | {} → {} (most {}) |\n",
                course.name,
                course.looks,
                first.descriptors,
                last.descriptors,
                most.descriptors,
                first.mebibytes,
                last.mebibytes,
                most.mebibytes
            ));
        }
    }

    pub fn failures(&self) -> Vec<String> {
        let of_rounds = self.rounds.iter().enumerate().flat_map(|(number, round)| {
            round.failures.iter().map(move |it| format!("round {number}, {}: {it}", round.fault.name()))
        });
        of_rounds.chain(self.at_the_end.iter().cloned()).collect()
    }

    pub fn markdown(&self) -> String {
        let requests: u64 = self.rounds.iter().flat_map(|it| it.statuses.values()).sum();
        let served: u64 = self.rounds.iter().filter_map(|it| it.statuses.get(&200)).sum();
        let mut revocations: Vec<Duration> = self.rounds.iter().flat_map(|it| it.revocations.clone()).collect();
        revocations.sort_unstable();
        let at = |share: f64| {
            let index = (revocations.len() as f64 * share) as usize;
            revocations.get(index.min(revocations.len().saturating_sub(1))).map_or(0.0, Duration::as_secs_f64)
        };
        let mut text = format!(
            "Seed {}, {} minutes: {} faults, {requests} requests, of which {served} were served; {} reached the upstream.\n\n",
            self.seed,
            self.minutes,
            self.rounds.len(),
            self.arrivals
        );
        text.push_str(&format!(
            "- Rows equal arrivals, but for {} that restored databases had lost.\n\
             - {} revocations with all links whole: median {:.2} s, the slowest {:.2} s (bound {:.0} s, and {:.0} s for the machine).\n",
            self.excused,
            revocations.len(),
            at(0.5),
            at(1.0),
            probe::REVOCATION.as_secs_f64(),
            probe::MACHINE.as_secs_f64()
        ));
        match self.failures().as_slice() {
            [] => text.push_str("- Nothing else was found.\n"),
            failures => text.extend(failures.iter().map(|it| format!("- **FAILED** {it}\n"))),
        }
        text.push_str(
            "\n| fault | times | healed within (median, most) | served | refused or failed |\n|---|---|---|---|---|\n",
        );
        text.push_str(&self.table());
        text.push_str("\n| process | looks | descriptors | resident MiB |\n|---|---|---|---|\n");
        text + &self.courses
    }

    /// A line for each kind of fault.
    fn table(&self) -> String {
        let mut kinds: BTreeMap<String, Vec<&Round>> = BTreeMap::new();
        for round in &self.rounds {
            kinds.entry(round.fault.name()).or_default().push(round);
        }
        let lines = kinds.iter().map(|(name, rounds)| {
            let mut healed: Vec<f64> = rounds.iter().filter_map(|it| Some(it.healed?.as_secs_f64())).collect();
            healed.sort_by(f64::total_cmp);
            let never = rounds.len() - healed.len();
            let healing = match healed.as_slice() {
                [] => "never".to_owned(),
                all => format!("{:.1} s, {:.1} s", all[all.len() / 2], all[all.len() - 1]),
            };
            let never = if never == 0 || healed.is_empty() { String::new() } else { format!("; never: {never}") };
            let served: u64 = rounds.iter().filter_map(|it| it.statuses.get(&200)).sum();
            let all: u64 = rounds.iter().flat_map(|it| it.statuses.values()).sum();
            format!("| {name} | {} | {healing}{never} | {served} | {} |\n", rounds.len(), all - served)
        });
        lines.collect()
    }
}
