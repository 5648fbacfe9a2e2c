//! What in a request only the provider that minted it can use: signed thinking, encrypted reasoning, ids of responses.

use std::ops::Range;

use super::{Owner, Realm, Seal};

/// What of a request belongs to a provider, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Provenance {
    /// In the order of the body.
    pub artefacts: Vec<ArtefactFact>,
    /// Messages that hold artefacts.
    pub holders: Vec<Holder>,
    /// Responses: the response that is continued.
    pub previous_response: Option<PreviousResponse>,
    /// Messages: thinking is on.
    pub thinking: Option<Thinking>,
    /// Messages: the model's part of the tool loop that the request continues, message by message; empty: there is none.
    pub open_turn: Vec<TurnMessage>,
    /// Messages: what the upstream is to do with earlier thinking, which it refuses where thinking is off.
    pub clearing: Option<Clearing>,
    /// What the request uses of what a provider keeps, by ids that nobody is known to own.
    pub kept: Vec<KeptId>,
    /// Responses: the tags in ids of items.
    pub item_tags: Vec<ItemTag>,
    /// Several providers speak the caller's dialect, here or in other groups.
    pub crowded: bool,
}

/// The id of something that a provider keeps, by which a request uses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptId {
    /// What it is the id of.
    pub what: Kept,
    /// The request's field.
    pub param: String,
    /// Who minted it and whose it is, by its tag.
    pub seal: Option<(Realm, Seal)>,
    /// Without it the request is as good: reasoning, an index of [`Provenance::artefacts`].
    pub artefact: Option<usize>,
}

/// The tag in the id of an item that a request gives back, or refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemTag {
    /// Who minted the id.
    pub realm: Realm,
    /// Where the tag stands.
    pub span: Range<usize>,
    /// The id stands for the item itself, which nobody else has.
    pub refers: bool,
    /// The artefact that the item is, an index of [`Provenance::artefacts`].
    pub artefact: Option<usize>,
}

/// What a provider keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Responses: an answer; its id.
    Response(String),
    /// Responses: an item of an answer; its id.
    Item(String),
    /// Messages: a conversation.
    Thread,
    /// Files, containers, stored prompts and the like.
    Other,
}

/// Something opaque that a provider minted, as the caller gave it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtefactFact {
    /// What it is.
    pub kind: ArtefactKind,
    /// Who minted it.
    pub origin: Origin,
    /// The whole block, item or field.
    pub slot: Slot,
    /// Its message, an index of [`Provenance::holders`].
    pub holder: Option<usize>,
}

/// What an artefact is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArtefactKind {
    /// Messages: a `thinking` or `redacted_thinking` block.
    Thinking,
    /// Responses: a `reasoning` item.
    Reasoning,
    /// Responses: an item that stands for a part of the conversation, such as `compaction`.
    Compaction,
    /// Chat: the `reasoning_details` of a message.
    Details,
}

impl ArtefactKind {
    /// A conversation goes on without it.
    pub const fn is_reasoning(self) -> bool {
        matches!(self, Self::Thinking | Self::Reasoning)
    }
}

/// Who minted an artefact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody signed it.
    Unsigned,
    /// It bears no mark.
    Unknown,
    /// An id stands for it that the caller was not given.
    Unowned,
    /// It bears the mark of a realm; where the mark stands.
    Marked(Realm, Range<usize>),
    /// It is sealed: that realm minted it in another dialect than the caller's.
    Sealed(Realm),
    /// The router itself wrote it: the summary of a conversation.
    Summary(String),
}

/// An entry's place in a list or an object, so that it can be cut out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The list, numbered within its body.
    pub list: usize,
    /// Which entry, from 0.
    pub index: usize,
    /// The entry; in an object with its key.
    pub span: Range<usize>,
    /// Where the entry before it ends.
    pub before: Option<usize>,
    /// Where the entry behind it starts.
    pub after: Option<usize>,
}

/// A message that holds artefacts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its place among the messages.
    pub slot: Slot,
    /// How many blocks its content has.
    pub blocks: usize,
}

/// The response that a request continues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviousResponse {
    /// Its id, without the tag.
    pub id: String,
    /// Who minted its id, and where the tag that says so stands; `None`: it bears none.
    pub tag: Option<(Realm, Range<usize>)>,
    /// What the tag says of its owner.
    pub seal: Option<Seal>,
}

/// The `thinking` of a request, which is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thinking {
    /// Where its value stands.
    pub span: Range<usize>,
    /// It has a budget, and every turn has to start with thinking; otherwise the model decides.
    pub budget: bool,
}

/// A message of the model in a tool loop.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct TurnMessage {
    /// The thinking that it starts with, as indices of [`Provenance::artefacts`].
    pub leading: Vec<usize>,
}

/// A `context_management` with edits of earlier thinking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clearing {
    /// The whole field.
    pub field: Slot,
    /// The edits that are about thinking.
    pub edits: Vec<Slot>,
    /// How many edits there are.
    pub all: usize,
}

impl KeptId {
    fn is_of(&self, owner: &Owner) -> bool {
        match (&self.what, self.seal) {
            (Kept::Response(id) | Kept::Item(id), Some((realm, seal))) => owner.owns(realm, id, seal),
            _ => false,
        }
    }
}

impl Origin {
    /// The realm that it names.
    pub const fn realm(&self) -> Option<Realm> {
        match self {
            Self::Marked(realm, _) | Self::Sealed(realm) => Some(*realm),
            Self::Unsigned | Self::Unknown | Self::Unowned | Self::Summary(_) => None,
        }
    }
}

impl Provenance {
    /// Whether there is reasoning in it, which a request can do without.
    pub fn has_reasoning(&self) -> bool {
        self.artefacts.iter().any(|it| it.kind.is_reasoning())
    }

    /// The realm that minted the conversation's last artefact.
    pub fn latest(&self) -> Option<Realm> {
        self.required().next().or_else(|| self.artefacts.iter().rev().find_map(|it| it.origin.realm()))
    }

    /// The realms without which the request cannot be served: nobody else knows what it refers to. Several of them are one
    /// too many.
    pub fn required(&self) -> impl Iterator<Item = Realm> {
        let tagged = self.previous_response.as_ref().and_then(|it| it.tag.as_ref()).map(|(realm, _)| *realm);
        let compactions = self.artefacts.iter().filter(|it| it.kind == ArtefactKind::Compaction);
        let items = self.item_tags.iter().filter(|it| it.refers).map(|it| it.realm);
        tagged.into_iter().chain(compactions.filter_map(|it| it.origin.realm())).chain(items)
    }

    /// Leaves out of [`kept`](Self::kept) what the owner was given, and what the request can do without: that is nobody's then.
    /// `None`: nobody's seals are known here, and nothing is checked.
    pub fn judge(&mut self, owner: Option<&Owner>) {
        let Some(owner) = owner else { return self.kept.clear() };
        let artefacts = &mut self.artefacts;
        self.kept.retain(|it| {
            if it.is_of(owner) {
                return false;
            }
            match it.artefact.and_then(|at| artefacts.get_mut(at)) {
                Some(artefact) => {
                    artefact.origin = Origin::Unowned;
                    false
                }
                None => true,
            }
        });
    }

    /// Where an artefact stands, in the caller's terms.
    pub fn path(&self, artefact: &ArtefactFact) -> String {
        let message = artefact.holder.and_then(|it| self.holders.get(it)).map_or(0, |it| it.slot.index);
        match artefact.kind {
            ArtefactKind::Thinking => format!("messages[{message}].content[{}]", artefact.slot.index),
            ArtefactKind::Reasoning | ArtefactKind::Compaction => format!("input[{}]", artefact.slot.index),
            ArtefactKind::Details => format!("messages[{message}].reasoning_details"),
        }
    }
}
