//! Links between the pages of the documentation.

use std::path::Path;

use super::Sources;
use super::breach::Breach;

/// Links of Markdown pages to files that are not there.
pub fn breaches(sources: &Sources, exists: impl Fn(&Path) -> bool) -> Vec<Breach> {
    let mut found = Vec::new();
    for (page, text) in sources.ending(".md") {
        let directory = Path::new(page).parent().unwrap_or(Path::new(""));
        for link in links(text) {
            let file = link.split('#').next().unwrap_or(link);
            let elsewhere = link.contains("://") || link.starts_with("mailto:");
            if !elsewhere && !file.is_empty() && !exists(&directory.join(file)) {
                found.push(Breach::new(page, format!("{page}: there is no {link}")));
            }
        }
    }
    found
}

/// Where a page's links lead; code is left out.
fn links(page: &str) -> Vec<&str> {
    let mut in_code = false;
    let mut found = Vec::new();
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        // Every other piece between backticks is code.
        for text in line.split('`').step_by(2) {
            let targets = text.split("](").skip(1);
            found.extend(targets.filter_map(|it| it.split([')', ' ']).next()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::breaches;
    use crate::tidy::Sources;

    #[test]
    fn links_that_lead_nowhere_are_named() {
        let page = "[a](b.md) [c](../d.md#e \"title\") [web](https://example.com/x) [here](#part) `[code](x.md)`\n\
                    ```\n[more](y.md)\n```\n![picture](gone.png)";
        let sources = Sources(vec![("docs/page.md".to_owned(), page.to_owned())]);
        let there = [Path::new("docs/b.md"), Path::new("docs/../d.md")];
        let found = breaches(&sources, |path| there.contains(&path));
        let found: Vec<&str> = found.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(found, ["docs/page.md: there is no gone.png"]);
    }
}
