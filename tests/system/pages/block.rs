//! The fenced blocks of a page, and what typing one means.

use std::path::Path;

/// What stands between two fences.
pub struct Block {
    /// The page and the number of its first line.
    pub place: String,
    language: String,
    text: String,
    /// The last file that the page named before it.
    pub file: Option<String>,
}

/// The blocks of a page, in order.
pub fn blocks(page: &str) -> Vec<Block> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page)).unwrap();
    let mut blocks: Vec<Block> = Vec::new();
    let (mut file, mut open) = (None, false);
    for (number, line) in text.lines().enumerate() {
        if let Some(language) = line.strip_prefix("```") {
            open = !open;
            if open {
                let place = format!("{page}:{}", number + 2);
                let (language, text, file) = (language.to_owned(), String::new(), file.take());
                blocks.push(Block { place, language, text, file });
            }
        } else if open {
            let block = blocks.last_mut().expect("a fence opened it");
            block.text.push_str(line);
            block.text.push('\n');
        } else if let Some(named) = named_file(line) {
            file = Some(named);
        } else if line.starts_with('#') {
            file = None;
        }
    }
    assert!(!open, "{page} ends inside a block");
    blocks
}

/// The last file to be written that stands in backticks.
fn named_file(line: &str) -> Option<String> {
    let quoted = line.split('`').skip(1).step_by(2);
    quoted.filter(|it| [".yaml", ".toml", ".json"].iter().any(|end| it.ends_with(end))).last().map(ToOwned::to_owned)
}

impl Block {
    /// Its first line, by which tests know it.
    pub fn first(&self) -> &str {
        self.lines().next().unwrap_or_default()
    }

    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.text.lines()
    }

    /// The block but for lines that begin so; the others keep their places.
    pub fn without(mut self, left_out: &[&str]) -> Self {
        let kept = |line: &str| !left_out.iter().any(|it| line.starts_with(it));
        let lines: Vec<&str> = self.text.lines().map(|line| if kept(line) { line } else { "" }).collect();
        self.text = lines.join("\n") + "\n";
        self
    }

    /// What a shell is told. Files are written where the page says; a configuration of which it does not say that is an excerpt
    /// and has to be valid. A drawing (a fence without a language) asks for nothing.
    pub fn script(&self) -> Option<String> {
        let (text, end) = (&self.text, "END_OF_THE_BLOCK");
        Some(match (self.language.as_str(), &self.file) {
            ("", _) => return None,
            ("sh", _) => text.clone(),
            ("python", _) => format!("python3 - <<'{end}'\n{text}{end}\n"),
            ("js", _) => format!("node --input-type=module - <<'{end}'\n{text}{end}\n"),
            ("yaml" | "toml" | "json", Some(file)) => {
                format!("mkdir -p \"$(dirname {file})\"\ncat > {file} <<'{end}'\n{text}{end}\n")
            }
            ("yaml", None) => format!("smart-router config check - <<'{end}'\n{text}{end}\n"),
            (other, _) => panic!("{}: nobody knows how to run `{other}`", self.place),
        })
    }
}
