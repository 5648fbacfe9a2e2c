use std::borrow::Cow;

use super::block::{Block, Mark, Marks, ResultBlock, count_marks, write_all};
use super::{media, pair, system};
use crate::config::Target;
use crate::dialect::Dialect;
use crate::dialect::messages::input::{self, CallIds};
use crate::dialect::messages::thinking::opaque_field;
use crate::dialect::neutral::{
    Artefact, GeneratedImage, Impossible, Item, Message, Part, PartKind, Place, Realm, ReasoningItem, Request, Role,
    ToolCall, ToolNames, ToolResult, Warnings,
};
use crate::json::Fields;
use crate::json::write::ArrayWriter;

/// The conversation as it is written: the user and the assistant take turns.
pub struct Conversation<'r> {
    /// The blocks of `system`.
    pub system: Vec<Block<'r>>,
    turns: Vec<Turn<'r>>,
}

/// What one of the two says at once.
pub struct Turn<'r> {
    /// The assistant speaks.
    pub assistant: bool,
    /// In order.
    pub blocks: Vec<Block<'r>>,
}

/// What stands where something has to be said and there is nothing to say.
const FILLER: &str = ".";

impl<'r> Conversation<'r> {
    /// Folds the items into turns.
    pub fn read(
        request: &'r Request<'_>,
        target: &Target,
        names: &mut ToolNames,
        warnings: &mut Warnings,
    ) -> Result<Self, Impossible> {
        let realm = Realm::of(&target.provider.id);
        let conversation = Self { system: Vec::new(), turns: Vec::new() };
        let mut builder = Builder { conversation, realm, names, warnings, ids: CallIds::default(), calls: 0 };
        for item in &request.items {
            builder.item(item)?;
        }
        let mut conversation = builder.conversation;
        pair::join_calls_and_results(&mut conversation.turns, warnings);
        if conversation.turns.is_empty() && !conversation.system.is_empty() {
            warnings.approximated(request.items.first().map_or_else(String::new, |it| place_of(it).to_string()));
            let blocks = std::mem::take(&mut conversation.system);
            conversation.turns.push(Turn { assistant: false, blocks });
        }
        if conversation.turns.first().is_some_and(|it| it.assistant) {
            warnings.approximated(request.items.first().map_or_else(String::new, |it| place_of(it).to_string()));
            conversation.turns.insert(0, Turn { assistant: false, blocks: vec![filler()] });
        }
        if conversation.turns.is_empty() {
            return Err(request.nothing_to_answer());
        }
        Ok(conversation)
    }

    /// The names in its calls.
    pub fn calls_tools(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for block in self.turns.iter().flat_map(|it| &it.blocks) {
            if let Block::Call { name, .. } = block {
                names.push(name.as_str());
            }
        }
        names
    }

    /// With thinking, the assistant's last turn has to begin with it while its tools are being run; and the last word must
    /// not be the assistant's.
    pub fn takes_thinking(&self) -> bool {
        let last_assistant = self.turns.iter().rposition(|it| it.assistant);
        let Some(turn) = last_assistant.map(|at| &self.turns[at]) else { return true };
        if last_assistant == Some(self.turns.len() - 1) {
            return false;
        }
        let open = turn.blocks.iter().any(|it| matches!(it, Block::Call { .. }));
        !open || matches!(turn.blocks.first(), Some(Block::Thinking { .. }))
    }

    /// Brings a last turn of the assistant into the form that is accepted: the answer goes on from there.
    pub fn finish(&mut self, thinks: bool, warnings: &mut Warnings) {
        let Some(turn) = self.turns.last_mut().filter(|it| it.assistant && !thinks) else { return };
        turn.blocks.retain(|block| match block {
            Block::Thinking { place, .. } => {
                warnings.dropped(place.to_string());
                false
            }
            _ => true,
        });
        if let Some(Block::Text { text, .. }) = turn.blocks.last_mut()
            && text.trim_end().len() < text.len()
        {
            let length = text.trim_end().len();
            text.to_mut().truncate(length);
            warnings.approximated("messages");
        }
        if turn.blocks.is_empty() {
            self.turns.pop();
        }
    }

    /// How many cache marks it has.
    pub fn marks(&self) -> usize {
        count_marks(&self.system) + self.turns.iter().map(|it| count_marks(&it.blocks)).sum::<usize>()
    }

    /// Writes the elements of `messages`.
    pub fn write(&self, out: &mut ArrayWriter<'_>, marks: &mut Marks<'_>) {
        for turn in &self.turns {
            out.object(|out| {
                out.string("role", if turn.assistant { "assistant" } else { "user" });
                out.array("content", |out| write_all(&turn.blocks, out, marks));
            });
        }
    }
}

/// A block that says as little as possible.
pub fn filler() -> Block<'static> {
    Block::Text { text: FILLER.into(), mark: None }
}

const fn place_of(item: &Item<'_>) -> Place {
    match item {
        Item::Message(it) => it.place,
        Item::Reasoning(it) => it.place,
        Item::ToolCall(it) => it.place,
        Item::ToolResult(it) => it.place,
        Item::Image(it) => it.place,
    }
}

struct Builder<'r, 'w> {
    conversation: Conversation<'r>,
    realm: Realm,
    names: &'w mut ToolNames,
    warnings: &'w mut Warnings,
    ids: CallIds,
    calls: usize,
}

impl<'r> Builder<'r, '_> {
    fn item(&mut self, item: &'r Item<'_>) -> Result<(), Impossible> {
        match item {
            Item::Message(message) => self.message(message)?,
            Item::Reasoning(reasoning) => self.reasoning(reasoning),
            Item::ToolCall(call) => self.call(call),
            Item::ToolResult(result) => self.result(result)?,
            Item::Image(image) => self.image(image),
        }
        Ok(())
    }

    fn push(&mut self, assistant: bool, block: Block<'r>) {
        match self.conversation.turns.last_mut() {
            Some(turn) if turn.assistant == assistant => turn.blocks.push(block),
            _ => self.conversation.turns.push(Turn { assistant, blocks: vec![block] }),
        }
    }

    fn message(&mut self, message: &'r Message<'_>) -> Result<(), Impossible> {
        if message.name.is_some() {
            self.warnings.dropped(message.place.field("name"));
        }
        match message.role {
            Role::System | Role::Developer if self.conversation.turns.is_empty() => {
                self.conversation.system.extend(system::blocks(message, self.warnings));
            }
            Role::System | Role::Developer => {
                for block in system::reminders(message, self.warnings) {
                    self.push(false, block);
                }
            }
            Role::User => {
                for part in &message.parts {
                    if let Some(block) = media::block(part, self.warnings)? {
                        self.push(false, block);
                    }
                }
            }
            Role::Assistant => {
                for part in &message.parts {
                    if let Some(block) = assistant_words(part, self.warnings) {
                        self.push(true, block);
                    }
                }
            }
        }
        Ok(())
    }

    /// Reasoning goes back to where it was made, and nowhere else: it is never turned into words.
    fn reasoning(&mut self, reasoning: &'r ReasoningItem<'_>) {
        let at_home = |it: &&'r _| is_at_home(it, self.realm);
        match reasoning.artefact.as_ref().filter(at_home) {
            Some(artefact) => self.push(true, Block::Thinking { raw: &artefact.block, place: reasoning.place }),
            None => self.warnings.dropped(reasoning.place.to_string()),
        }
    }

    fn call(&mut self, call: &'r ToolCall<'_>) {
        let (input, exact) = input::of_arguments(&call.arguments);
        if !exact {
            self.warnings.approximated(call.place.field("arguments"));
        }
        let wire = self.ids.next(&call.id, "history", self.calls);
        self.calls += 1;
        let name = self.names.add(&call.name, false);
        let mark = Mark::of(call.cache.as_ref(), call.place);
        self.push(true, Block::Call { id: &call.id, place: call.place, wire, name, input, mark });
    }

    fn result(&mut self, result: &'r ToolResult<'_>) -> Result<(), Impossible> {
        let mut blocks = Vec::new();
        for part in &result.parts {
            blocks.extend(media::block(part, self.warnings)?);
        }
        // A failure has to be told in words.
        if result.is_error && blocks.is_empty() {
            blocks.push(Block::Text { text: "error".into(), mark: None });
            self.warnings.approximated(result.place.to_string());
        }
        let mark = Mark::of(result.cache.as_ref(), result.place);
        let (id, place, is_error) = (&*result.call_id, result.place, result.is_error);
        self.push(false, Block::Result(ResultBlock { id, wire: String::new(), place, blocks, is_error, mark }));
        Ok(())
    }

    /// The assistant shows no pictures in this dialect, so the user does.
    fn image(&mut self, image: &'r GeneratedImage<'_>) {
        match media::picture(&image.media_type, &image.data) {
            Some(source) => {
                self.warnings.approximated(image.place.to_string());
                self.push(false, Block::Image { source, mark: None });
            }
            None => self.warnings.dropped(image.place.to_string()),
        }
    }
}

fn is_at_home(artefact: &Artefact<'_>, realm: Realm) -> bool {
    // Seals can be forged: only what is a block of thinking stands where one is written.
    let kind = || Fields::document(artefact.block.as_bytes()).ok()?.take_string("type").map(Cow::into_owned);
    artefact.is_at_home(realm, Dialect::AnthropicMessages) && kind().is_some_and(|it| opaque_field(&it).is_some())
}

fn assistant_words<'r>(part: &'r Part<'_>, warnings: &mut Warnings) -> Option<Block<'r>> {
    match &part.kind {
        PartKind::Text(_) => media::text(part, warnings),
        PartKind::Refusal(words) => {
            warnings.approximated(format!("{}/refusal", part.place));
            media::words(words.as_ref().into(), part, warnings)
        }
        PartKind::Image(_) | PartKind::File(_) | PartKind::Audio { .. } => {
            warnings.dropped(part.place.to_string());
            None
        }
    }
}
