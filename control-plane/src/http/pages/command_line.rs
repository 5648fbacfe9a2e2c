use std::fmt;

/// A line for a terminal, with what stands in an address quoted for a shell.
pub struct CommandLine(String);

impl CommandLine {
    /// The command without options.
    pub fn new(command: &str) -> Self {
        Self(command.to_owned())
    }

    /// One more option, if there is anything to say.
    pub fn option(&mut self, name: &str, value: &str) -> &mut Self {
        if !value.is_empty() {
            self.0.push_str(" --");
            self.0.push_str(name);
            self.0.push(' ');
            self.0.push_str(&quoted(value));
        }
        self
    }

    /// One that is said or not.
    pub fn flag(&mut self, name: &str, on: bool) -> &mut Self {
        if on {
            self.0.push_str(" --");
            self.0.push_str(name);
        }
        self
    }
}

impl fmt::Display for CommandLine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A word as a shell takes it for one.
pub fn quoted(word: &str) -> String {
    let plain = |it: char| it.is_ascii_alphanumeric() || "-_./:,=+@%".contains(it);
    if !word.is_empty() && !word.starts_with('-') && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_runs_nothing_that_stands_in_an_address() {
        let mut line = CommandLine::new("smart-router report");
        line.option("since", "7d").option("until", "").option("filter", "group=it's $(rm -rf .)").flag("compare", true);
        assert_eq!(line.to_string(), "smart-router report --since 7d --filter 'group=it'\\''s $(rm -rf .)' --compare");
        assert_eq!((quoted("latency>2s"), quoted("-x")), ("'latency>2s'".to_owned(), "'-x'".to_owned()));
    }
}
