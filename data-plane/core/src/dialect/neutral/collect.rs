use super::{Answer, AnswerEvent};

/// Puts a streamed answer together.
#[derive(Default)]
pub struct Collector {
    answer: Answer<'static>,
}

impl Collector {
    /// Takes the next event.
    pub fn push(&mut self, event: &AnswerEvent) {
        let _ = event;
    }

    /// What came together.
    pub fn answer(&self) -> &Answer<'static> {
        &self.answer
    }
}
