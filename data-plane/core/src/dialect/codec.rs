//! What is asked of a dialect by those who serve them all. Each dialect answers in its own folder.

mod filter;
mod headers;
mod stream;

pub use filter::{EventEdits, FilterStream, piece, replace, rest, whole};
pub use headers::Headers;
pub use stream::{ReadStream, ScanStream, Terminal, WriteStream};

use super::draft::ScanRequest;
use super::edits::Returned;
use super::filter::TextFilter;
use super::id_tag::IdTags;
use super::neutral::{Answer, Impossible, Reply, Request, ToolNames, Warnings};
use super::seen::{AnswerFacts, StreamFacts};
use super::splice::Splice;
use super::{InvalidBody, Operation};
use crate::config::Target;
use crate::error::Refusal;
use crate::facts::{Realm, RequestFacts};
use crate::json::{Fields, Key, Reader};

/// All that only the dialect itself knows.
pub trait Codec: ScanRequest {
    /// Reads a request.
    fn read_request<'a>(&self, body: &'a [u8]) -> Result<Request<'a>, InvalidBody>;

    /// Writes a request for a target.
    fn write_request(
        &self,
        request: &Request<'_>,
        target: &Target,
        names: &mut ToolNames,
        warnings: &mut Warnings,
    ) -> Result<Vec<u8>, Impossible>;

    /// What is put into a forwarded request so that its stream reports usage, which the caller did not ask for and must not
    /// see.
    fn ask_for_usage(&self, _facts: &RequestFacts) -> Option<Splice> {
        None
    }

    /// Changes what the target gets back of earlier answers, beside what is cut out.
    fn give_back(&self, _returned: &mut Returned<'_>) {}

    /// Reads a whole answer.
    fn read_response<'a>(&self, body: &'a [u8]) -> Result<Answer<'a>, InvalidBody>;

    /// Writes a whole answer.
    fn write_response(&self, answer: &Answer<'_>, reply: &Reply) -> Vec<u8>;

    /// Reads a field of a whole answer that is forwarded.
    fn answer_field<'a>(
        &self,
        facts: &mut AnswerFacts,
        operation: Operation,
        reader: &mut Reader<'a>,
        key: &Key<'a>,
    ) -> Result<(), InvalidBody>;

    /// Filters the texts of a whole answer that is forwarded: appends what is changed in it, in no order.
    fn filter_answer(&self, answer: &Fields<'_>, filter: &mut dyn TextFilter, splices: &mut Vec<Splice>);

    /// The answer to a question for the number of input tokens.
    fn input_tokens(&self, tokens: u64) -> String;

    /// A reader of an upstream's stream that is translated.
    fn stream_reader(&self) -> Box<dyn ReadStream + Send>;

    /// A writer of a stream for a caller.
    fn stream_writer(&self, reply: &Reply) -> Box<dyn WriteStream + Send>;

    /// A reader of an upstream's stream that is forwarded. `realm`: what is opaque gets its mark; `tags`: what
    /// ids bear.
    fn stream_scanner(&self, realm: Option<Realm>, tags: &IdTags) -> Box<dyn ScanStream + Send>;

    /// A filter of the texts of a stream that is forwarded.
    fn stream_filter(&self) -> Box<dyn FilterStream + Send>;

    /// OpenAI's end mark of streams ends this dialect's, too; elsewhere some servers add it.
    fn ends_with_done_mark(&self) -> bool {
        false
    }

    /// What clients take for a sign of life.
    fn keep_alive(&self) -> &'static [u8];

    /// The body of a refusal.
    fn refusal(&self, refusal: &Refusal, request_id: &str) -> String;

    /// The events that end a stream which has begun.
    fn refusal_events(&self, refusal: &Refusal, request_id: &str, seen: &StreamFacts, begun: Option<&[u8]>) -> String;

    /// Where answers have something that other dialects may lack.
    fn path_of(&self, extra: Extra) -> &'static str;

    /// It has words for that.
    fn can_say(&self, extra: Extra) -> bool;

    /// What its clients and providers say and expect in headers.
    fn headers(&self) -> &'static Headers;
}

/// What not every dialect has words for in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extra {
    /// A picture that the model made.
    Image,
    /// Tokens with their probabilities.
    Logprobs,
    /// Which stop sequence came up.
    StopSequence,
    /// Arguments of a call that are no JSON object.
    BrokenArguments,
    /// A turn that is paused, or ended because the context was full.
    Pause,
}
