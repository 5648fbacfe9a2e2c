use crate::Problem;

/// Shorter values are found in messages by chance.
const TELLING: usize = 4;

/// A text in which variables were replaced. What they hold is not repeated in problems.
pub(super) struct Replaced {
    pub path: String,
    /// As the document has it.
    pub written: String,
    /// With what the variables hold.
    pub value: String,
}

/// Puts texts as they were written wherever a problem repeats what they became, or a part of that.
pub(super) fn hide(replaced: &[Replaced], problem: &mut Problem) {
    for it in replaced {
        it.hide(problem);
    }
}

impl Replaced {
    fn hide(&self, problem: &mut Problem) {
        let own = problem.path == self.path;
        let telling = !self.value.is_empty() && (own || self.value.len() >= TELLING);
        if telling && problem.message.contains(&self.value) {
            problem.message = problem.message.replace(&self.value, &self.written);
        }
        if own {
            let (value, written) = (self.value.to_lowercase(), self.written.to_lowercase());
            let hidden = |part: &str| {
                let part = part.to_lowercase();
                !part.is_empty() && value.contains(&part) && !written.contains(&part)
            };
            // Messages quote with back quotes: every second part is a quotation.
            let parts = problem.message.split('`').enumerate();
            let parts = parts.map(|(at, part)| if at % 2 == 1 && hidden(part) { self.written.as_str() } else { part });
            problem.message = parts.collect::<Vec<_>>().join("`");
        }
    }
}
