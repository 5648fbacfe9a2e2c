use crate::{
    Sample, Sampled, Tone,
    form::{Entry, FormField},
    parts::{Crumb, Editing},
};

/// A whole document, written as text.
#[derive(Clone, Debug)]
pub struct DocumentEdit {
    /// The way here.
    pub crumbs: Vec<Crumb>,
    /// What is done.
    pub title: String,
    /// Whether the configuration can be changed here.
    pub editing: Editing,
    /// What has happened to what was sent, and what to do.
    pub notices: Vec<(Tone, String)>,
    /// What the server's check finds in it, in the order of the text.
    pub mistakes: Vec<DocumentMistake>,
    /// Where it is sent.
    pub action: String,
    /// What goes along: name and value.
    pub hidden: Vec<(String, String)>,
    /// What it is called, why, for what.
    pub fields: Vec<FormField>,
    /// The document.
    pub text: String,
    /// What the button says.
    pub button: String,
    /// Back.
    pub cancel_href: String,
    /// The same for a terminal.
    pub command: String,
}

/// Something that the check finds in a text.
#[derive(Clone, Debug)]
pub struct DocumentMistake {
    /// It can be applied all the same.
    pub is_warning: bool,
    /// From 1; `None`: it stands nowhere.
    pub line: Option<usize>,
    /// From 1.
    pub column: usize,
    /// That line.
    pub excerpt: String,
    /// A JSON pointer; empty: all of it.
    pub pointer: String,
    /// What is wrong, and what would be right.
    pub text: String,
}

impl DocumentMistake {
    /// Its picture's colour.
    pub const fn tone(&self) -> Tone {
        if self.is_warning { Tone::Warning } else { Tone::Bad }
    }
}

impl DocumentEdit {
    /// So many mistakes make it impossible.
    pub fn errors(&self) -> usize {
        self.mistakes.iter().filter(|it| !it.is_warning).count()
    }

    /// Whether something is wrong with the text.
    pub fn is_wrong(&self) -> bool {
        self.errors() > 0
    }
}

view!(DocumentEdit, "versions/edit.html");

impl Sampled for DocumentEdit {
    fn sample(of: Sample) -> Self {
        let mistake = |at: usize| DocumentMistake {
            is_warning: at % 3 == 2,
            line: (at != 1).then_some(7 + at * 11),
            column: 15,
            excerpt: of.name(&["    targets: [{model: openai/mimi, weight: 80}]"], at),
            pointer: format!("/groups/fast/targets/{at}/model"),
            text: format!("there is no target {}; did you mean openai/mini?", of.name(&["openai/mimi"], at)),
        };
        let group =
            |at: usize| format!("  {}: {{targets: [{{model: openai/mini, weight: {at}}}]}}\n", of.name(&["fast"], at));
        let groups: String = (0..of.rows(3, 200)).map(group).collect();
        Self {
            crumbs: vec![
                Crumb::new("Versions", "/versions"),
                Crumb::new(of.name(&["cheaper at night"], 0), "/versions"),
            ],
            title: "Write the document".to_owned(),
            editing: if of == Sample::Huge { Editing::InFile("smart-router.yaml".to_owned()) } else { Editing::Open },
            notices: if of == Sample::Hostile {
                vec![(Tone::Bad, "The database does not answer: nothing is saved, and nothing is lost.".to_owned())]
            } else {
                Vec::new()
            },
            mistakes: (0..of.rows(2, 40)).map(mistake).collect(),
            action: "/versions/drafts/1/edit".to_owned(),
            hidden: vec![("revision".to_owned(), "3".to_owned())],
            fields: vec![
                FormField::new("title", "Name", Entry::line(of.name(&["cheaper at night"], 0))),
                FormField::new("comment", "Why", Entry::line(of.name(&["More for the cheap one"], 1)))
                    .help("Stands in the list of versions."),
                FormField::new("ticket", "Ticket", Entry::Line { value: String::new(), example: "OPS-71" }),
            ],
            text: format!("version: 1\n\ngroups:\n{groups}"),
            button: "Check and save".to_owned(),
            cancel_href: "/versions".to_owned(),
            command: "smart-router config check smart-router.yaml".to_owned(),
        }
    }
}
