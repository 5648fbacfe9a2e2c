use serde_json::json;

use super::filter::{ResponsesStreamFilter, filter_answer};
use super::give_back::give_back;
use super::stream_facts::ResponsesStreamScanner;
use super::{Responses, ResponsesStreamReader, ResponsesStreamWriter, read_answer, refusal};
use crate::config::Target;
use crate::dialect::codec::{Codec, Extra, FilterStream, Headers, ReadStream, ScanStream, WriteStream};
use crate::dialect::edits::Returned;
use crate::dialect::filter::TextFilter;
use crate::dialect::id_tag::IdTags;
use crate::dialect::neutral::{Answer, Impossible, Reply, Request, ToolNames, Warnings};
use crate::dialect::openai_headers::HEADERS;
use crate::dialect::seen::{AnswerFacts, StreamFacts};
use crate::dialect::splice::Splice;
use crate::dialect::{InvalidBody, Operation};
use crate::error::Refusal;
use crate::facts::Realm;
use crate::json::{Fields, Key, Reader};

impl Codec for Responses {
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

    fn give_back(&self, returned: &mut Returned<'_>) {
        give_back(returned);
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
        json!({ "object": "response.input_tokens", "input_tokens": tokens }).to_string()
    }

    fn stream_reader(&self) -> Box<dyn ReadStream + Send> {
        Box::new(ResponsesStreamReader::default())
    }

    fn stream_writer(&self, reply: &Reply) -> Box<dyn WriteStream + Send> {
        Box::new(ResponsesStreamWriter::new(reply.clone()))
    }

    fn stream_scanner(&self, realm: Option<Realm>, tags: &IdTags) -> Box<dyn ScanStream + Send> {
        Box::new(ResponsesStreamScanner::new(realm, tags))
    }

    fn stream_filter(&self) -> Box<dyn FilterStream + Send> {
        Box::new(ResponsesStreamFilter::default())
    }

    fn keep_alive(&self) -> &'static [u8] {
        b"data: {\"type\":\"keepalive\"}\n\n"
    }

    fn refusal(&self, refusal: &Refusal, _request_id: &str) -> String {
        refusal::body(refusal)
    }

    fn refusal_events(&self, refusal: &Refusal, request_id: &str, seen: &StreamFacts, begun: Option<&[u8]>) -> String {
        refusal::events(refusal, request_id, seen, begun)
    }

    fn path_of(&self, extra: Extra) -> &'static str {
        match extra {
            Extra::Image => "output/image_generation_call",
            Extra::Logprobs => "output/output_text.logprobs",
            Extra::BrokenArguments => "output/function_call.arguments",
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
