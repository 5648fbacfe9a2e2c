use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use super::item::{Blocks, ItemKind, ItemState, Slot};
use crate::dialect::neutral::{AnswerEvent, Arguments, Artefact, BlockStart, Delta, Place, Warnings};
use crate::dialect::responses::{output, read_item};
use crate::json::{Fields, Raw};

/// How an event names its item.
pub struct Address<'a> {
    index: Option<u64>,
    id: Option<Cow<'a, str>>,
    call_id: Option<Cow<'a, str>>,
}

impl<'a> Address<'a> {
    /// That of an event about an item's content.
    pub fn of(event: &mut Fields<'a>) -> Self {
        Self { index: event.take_count("output_index"), id: event.take_string("item_id"), call_id: None }
    }

    /// That of an event that holds the item.
    pub fn of_item(event: &mut Fields<'a>, item: &Fields<'a>) -> Self {
        let text = |name| item.get(name).and_then(|it| it.string());
        Self { index: event.take_count("output_index"), id: text("id"), call_id: text("call_id") }
    }
}

/// The items of a stream.
#[derive(Default)]
pub struct Items {
    /// There was a call of a tool.
    pub calls: bool,
    list: Vec<ItemState>,
    blocks: Blocks,
    by_index: HashMap<u64, usize>,
    by_id: HashMap<String, usize>,
    // For events that do not name their item, and for the response at the end.
    of_kind: [Vec<usize>; ItemKind::COUNT],
    open: [BTreeSet<usize>; ItemKind::COUNT],
}

impl Items {
    /// An item begins.
    pub fn added(&mut self, address: &Address<'_>, mut item: Fields<'_>, out: &mut Vec<AnswerEvent>) {
        let kind = item.take_string("type").unwrap_or_default();
        let again =
            self.find(address, ItemKind::of(&kind)).filter(|at| !self.list[*at].done && address.index.is_some());
        let at = again.unwrap_or_else(|| self.add(address, ItemKind::of(&kind)));
        self.open_call(at, &mut item, kind == "custom_tool_call", out);
    }

    /// A piece of a text.
    pub fn delta(
        &mut self,
        address: &Address<'_>,
        kind: ItemKind,
        slot: Slot,
        text: &str,
        logprobs: Option<&str>,
        out: &mut Vec<AnswerEvent>,
    ) {
        if let Some(at) = self.find_or_add(address, kind) {
            self.list[at].piece(slot, text, logprobs, &mut self.blocks, out);
        }
    }

    /// A text as a whole.
    pub fn whole(
        &mut self,
        address: &Address<'_>,
        kind: ItemKind,
        slot: Slot,
        text: &str,
        logprobs: Option<&str>,
        out: &mut Vec<AnswerEvent>,
    ) {
        if let Some(at) = self.find_or_add(address, kind) {
            self.list[at].whole(slot, text, logprobs, &mut self.blocks, out);
        }
    }

    /// A citation.
    pub fn annotation(
        &mut self,
        address: &Address<'_>,
        slot: Slot,
        annotation: Fields<'_>,
        out: &mut Vec<AnswerEvent>,
    ) {
        let Some(at) = self.find_or_add(address, ItemKind::Message) else { return };
        // One of another kind is told to be lost at the part's end.
        if let Some(annotation) = output::annotation(annotation) {
            let delta = Delta::Annotation(annotation.into_owned());
            self.list[at].annotation(slot, delta, &mut self.blocks, out);
        }
    }

    /// A part of a message has ended.
    pub fn part_done(
        &mut self,
        address: &Address<'_>,
        index: u64,
        part: Fields<'_>,
        warnings: &mut Warnings,
        out: &mut Vec<AnswerEvent>,
    ) {
        let is_of_message = part.get("type").and_then(|it| it.string()).is_some_and(|it| is_of_message(&it));
        if !is_of_message {
            return;
        }
        if let Some(at) = self.find_or_add(address, ItemKind::Message)
            && let Some(slot) = self.part(at, index, part, warnings, out)
        {
            self.list[at].close_part(slot, out);
        }
    }

    /// An item has ended.
    pub fn done(
        &mut self,
        address: &Address<'_>,
        raw: &Raw<'_>,
        item: Fields<'_>,
        warnings: &mut Warnings,
        out: &mut Vec<AnswerEvent>,
    ) {
        let kind = ItemKind::of(&item.get("type").and_then(|it| it.string()).unwrap_or_default());
        let first = || self.open[kind as usize].first().copied().filter(|_| address.index.is_none());
        let at = match self.find(address, kind).or_else(first) {
            Some(at) if self.list[at].done => return,
            Some(at) => at,
            None => self.add(address, kind),
        };
        self.complete(at, raw, item, warnings, out);
    }

    /// The response has ended: tells of its items what was not told before.
    pub fn finish(&mut self, output: Vec<Raw<'_>>, warnings: &mut Warnings, out: &mut Vec<AnswerEvent>) {
        let mut seen = [0; ItemKind::COUNT];
        for raw in output {
            let Some(item) = raw.fields() else { continue };
            let kind = ItemKind::of(&item.get("type").and_then(|it| it.string()).unwrap_or_default());
            let number = seen[kind as usize];
            seen[kind as usize] += 1;
            match self.of_kind[kind as usize].get(number).copied() {
                Some(at) if self.list[at].done => {}
                Some(at) => self.complete(at, &raw, item, warnings, out),
                None => {
                    let at = self.add(&Address { index: None, id: None, call_id: None }, kind);
                    self.complete(at, &raw, item, warnings, out);
                }
            }
        }
        let open: BTreeSet<usize> = self.open.iter().flatten().copied().collect();
        for at in open {
            self.close(at, out);
        }
    }

    fn add(&mut self, address: &Address<'_>, kind: ItemKind) -> usize {
        let at = self.list.len();
        self.list.push(ItemState::new(kind));
        if let Some(index) = address.index {
            self.by_index.insert(index, at);
        }
        for id in [&address.id, &address.call_id].into_iter().flatten().filter(|it| !it.is_empty()) {
            self.by_id.insert(id.to_string(), at);
        }
        self.of_kind[kind as usize].push(at);
        self.open[kind as usize].insert(at);
        at
    }

    /// The item that an event names. Its number counts more than its id: there are proxies that change ids.
    fn find(&self, address: &Address<'_>, kind: ItemKind) -> Option<usize> {
        let by_index = address.index.map(|it| self.by_index.get(&it));
        let ids = [&address.id, &address.call_id];
        let by_id = || ids.into_iter().flatten().find_map(|id| self.by_id.get(&**id));
        by_index.flatten().or_else(by_id).copied().filter(|at| self.list[*at].kind == kind)
    }

    /// The item that an event about content names; where it names none, the last that is open. `None`: it has ended.
    fn find_or_add(&mut self, address: &Address<'_>, kind: ItemKind) -> Option<usize> {
        let unnamed = address.index.is_none();
        let last = || self.open[kind as usize].last().copied().filter(|_| unnamed);
        match self.find(address, kind).or_else(last) {
            Some(at) if self.list[at].done => None,
            Some(at) => Some(at),
            None => Some(self.add(address, kind)),
        }
    }

    fn open_call(&mut self, at: usize, item: &mut Fields<'_>, custom: bool, out: &mut Vec<AnswerEvent>) {
        if self.list[at].kind != ItemKind::Call || self.list[at].block.is_some() {
            return;
        }
        if let Some(name) = read_item::tool_name(item, custom).filter(|it| !it.name.is_empty()) {
            let id = item.take_string("call_id").unwrap_or_default().into_owned();
            let start = BlockStart::ToolCall { id, name: name.into_owned() };
            self.list[at].block = Some(self.blocks.open(start, out));
            self.calls = true;
        }
    }

    fn complete(
        &mut self,
        at: usize,
        raw: &Raw<'_>,
        mut item: Fields<'_>,
        warnings: &mut Warnings,
        out: &mut Vec<AnswerEvent>,
    ) {
        let kind = item.take_string("type").unwrap_or_default();
        match self.list[at].kind {
            ItemKind::Message => {
                for (index, raw) in item.take_elements("content").into_iter().enumerate() {
                    if let Some(part) = raw.fields() {
                        self.part(at, index as u64, part, warnings, out);
                    }
                }
            }
            ItemKind::Reasoning => self.reasoning(at, raw, item, out),
            ItemKind::Call => {
                self.open_call(at, &mut item, kind == "custom_tool_call", out);
                let (Arguments::Json(text) | Arguments::Text(text)) =
                    read_item::arguments(&mut item, kind == "custom_tool_call");
                self.list[at].whole(Slot::ARGUMENTS, &text, None, &mut self.blocks, out);
            }
            ItemKind::Image => {
                let format = item.take_string("output_format");
                let media_type = output::media_type(format.as_deref()).to_owned();
                if let Some(data) = item.take_string("result").filter(|it| !it.is_empty()) {
                    let start = BlockStart::Image { media_type, data: data.into_owned() };
                    self.list[at].block = Some(self.blocks.open(start, out));
                }
            }
            ItemKind::Other => warnings.dropped(format!("{}/{kind}", Place::of("output", at))),
        }
        self.close(at, out);
    }

    fn close(&mut self, at: usize, out: &mut Vec<AnswerEvent>) {
        self.open[self.list[at].kind as usize].remove(&at);
        self.list[at].close(out);
    }

    /// Tells of a message's part what was not told; gives its slot.
    fn part(
        &mut self,
        at: usize,
        index: u64,
        mut part: Fields<'_>,
        warnings: &mut Warnings,
        out: &mut Vec<AnswerEvent>,
    ) -> Option<Slot> {
        let kind = part.take_string("type").unwrap_or_default();
        let Some(slot) = Slot::of_part(&kind, index) else {
            warnings.dropped(format!("{}/{kind}", Place::of("output", at).inside("content", index as usize)));
            return None;
        };
        if self.list[at].is_closed(slot) {
            return Some(slot);
        }
        let text = part.take_string(if kind == "refusal" { "refusal" } else { "text" }).unwrap_or_default();
        let logprobs = part.take("logprobs").and_then(|it| read_item::logprobs(&it));
        self.list[at].whole(slot, &text, logprobs.as_deref(), &mut self.blocks, out);
        let place = Place::of("output", at).inside("content", index as usize);
        let told = self.list[at].annotations(slot);
        for annotation in output::annotations(&mut part, &place, warnings).into_iter().skip(told) {
            let delta = Delta::Annotation(annotation.into_owned());
            self.list[at].annotation(slot, delta, &mut self.blocks, out);
        }
        Some(slot)
    }

    fn reasoning(&mut self, at: usize, raw: &Raw<'_>, mut item: Fields<'_>, out: &mut Vec<AnswerEvent>) {
        let artefact = read_item::artefact(raw, &item).map(Artefact::into_owned);
        let (summary, thoughts) = (output::texts(&mut item, "summary"), output::texts(&mut item, "content"));
        let is_summary = self.list[at].tells_summary().unwrap_or(!summary.is_empty());
        for (index, text) in if is_summary { summary } else { thoughts }.into_iter().enumerate() {
            let slot = Slot::of_reasoning(is_summary, index);
            self.list[at].whole(slot, &text, None, &mut self.blocks, out);
        }
        if let Some(artefact) = artefact {
            let blocks = &mut self.blocks;
            let block = *self.list[at].block.get_or_insert_with(|| blocks.open(BlockStart::Reasoning, out));
            out.push(AnswerEvent::Delta { block, delta: Delta::Artefact(artefact) });
        }
    }
}

fn is_of_message(kind: &str) -> bool {
    Slot::of_part(kind, 0).is_some()
}
