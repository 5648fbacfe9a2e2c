use serde_json::json;

use super::ask_for_usage::ask_for_usage;
use super::filter::{ChatStreamFilter, filter_answer};
use super::stream_facts::ChatStreamScanner;
use super::{Chat, ChatStreamReader, ChatStreamWriter, read_answer, refusal};
use crate::config::Target;
use crate::dialect::codec::{Codec, Extra, FilterStream, Headers, ReadStream, ScanStream, WriteStream};
use crate::dialect::filter::TextFilter;
use crate::dialect::id_tag::IdTags;
use crate::dialect::neutral::{Answer, Impossible, Reply, Request, ToolNames, Warnings};
use crate::dialect::openai_headers::HEADERS;
use crate::dialect::seen::{AnswerFacts, StreamFacts};
use crate::dialect::splice::Splice;
use crate::dialect::{InvalidBody, Operation};
use crate::error::Refusal;
use crate::facts::{Realm, RequestFacts};
use crate::json::{Fields, Key, Reader};

impl Codec for Chat {
    fn read_request<'a>(&self, body: &'a [u8]) -> Result<Request<'a>, InvalidBody> {
        super::read_request(body)
    }

    fn write_request(
        &self,
        request: &Request<'_>,
        target: &Target,
        names: &mut ToolNames,
        warnings: &mut Warnings,
    ) -> Result<Vec<u8>, Impossible> {
        super::write_request(request, target, names, warnings)
    }

    fn ask_for_usage(&self, facts: &RequestFacts) -> Option<Splice> {
        ask_for_usage(facts)
    }

    fn read_response<'a>(&self, body: &'a [u8]) -> Result<Answer<'a>, InvalidBody> {
        super::read_response(body)
    }

    fn write_response(&self, answer: &Answer<'_>, reply: &Reply) -> Vec<u8> {
        super::write_response(answer, reply)
    }

    fn answer_field<'a>(
        &self,
        facts: &mut AnswerFacts,
        operation: Operation,
        reader: &mut Reader<'a>,
        key: &Key<'a>,
    ) -> Result<(), InvalidBody> {
        read_answer::field(facts, operation, reader, key)
    }

    fn filter_answer(&self, answer: &Fields<'_>, filter: &mut dyn TextFilter, splices: &mut Vec<Splice>) {
        filter_answer(answer, filter, splices);
    }

    fn input_tokens(&self, tokens: u64) -> String {
        json!({ "input_tokens": tokens }).to_string()
    }

    fn stream_reader(&self) -> Box<dyn ReadStream + Send> {
        Box::new(ChatStreamReader::default())
    }

    fn stream_writer(&self, reply: &Reply) -> Box<dyn WriteStream + Send> {
        Box::new(ChatStreamWriter::new(reply.clone()))
    }

    fn stream_scanner(&self, _realm: Option<Realm>, _tags: &IdTags) -> Box<dyn ScanStream + Send> {
        Box::new(ChatStreamScanner)
    }

    fn stream_filter(&self) -> Box<dyn FilterStream + Send> {
        Box::new(ChatStreamFilter::default())
    }

    fn ends_with_done_mark(&self) -> bool {
        true
    }

    fn keep_alive(&self) -> &'static [u8] {
        b": keepalive\n\n"
    }

    fn refusal(&self, refusal: &Refusal, _request_id: &str) -> String {
        refusal::body(refusal)
    }

    fn refusal_events(
        &self,
        refusal: &Refusal,
        _request_id: &str,
        _seen: &StreamFacts,
        _begun: Option<&[u8]>,
    ) -> String {
        refusal::event(refusal)
    }

    fn path_of(&self, extra: Extra) -> &'static str {
        match extra {
            Extra::Image => "choices[0].message.images",
            Extra::Logprobs => "choices[0].logprobs",
            Extra::BrokenArguments => "choices[0].message.tool_calls.function.arguments",
            Extra::StopSequence => "stop_sequence",
            Extra::Pause => "stop_reason",
        }
    }

    fn can_say(&self, extra: Extra) -> bool {
        matches!(extra, Extra::Image | Extra::Logprobs | Extra::BrokenArguments)
    }

    fn headers(&self) -> &'static Headers {
        &HEADERS
    }
}
