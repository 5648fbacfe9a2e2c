//! What was not carried as it is, as headers and usage rows tell it.

use data_plane_core::dialect::translate::Warnings;
use http::HeaderValue;

/// The most that the header takes.
const MOST_BYTES: usize = 2 * 1024;

/// One line a field: `dropped:tools[3].strict`, with ` (x4)` behind it where it happened four times.
pub(crate) fn lines(warnings: &Warnings) -> impl Iterator<Item = String> {
    warnings.list().iter().map(|it| if it.count > 1 { format!("{it} (x{})", it.count) } else { it.to_string() })
}

/// The header's value: the lines until there is no room, and then how many more there are. `None`: there are none.
pub(super) fn header(lines: &[String]) -> Option<HeaderValue> {
    let mut value = String::new();
    for (done, line) in lines.iter().enumerate() {
        let separator = if value.is_empty() { "" } else { ", " };
        if value.len() + separator.len() + line.len() > MOST_BYTES {
            value = format!("{value}{separator}more:{}", lines.len() - done);
            break;
        }
        value.push_str(separator);
        value.push_str(line);
    }
    HeaderValue::try_from(value).ok().filter(|it| !it.is_empty())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::{MOST_BYTES, header, lines};
    use data_plane_core::dialect::translate::Warnings;

    #[test]
    fn fields_are_told_once_with_their_count() {
        let mut warnings = Warnings::default();
        warnings.dropped("messages[0].cache_control");
        warnings.dropped("messages[4].cache_control");
        warnings.approximated("stop");
        let lines: Vec<_> = lines(&warnings).collect();
        assert_eq!(lines, ["dropped:messages[0].cache_control (x2)", "approximated:stop"]);
        assert_eq!(header(&lines).unwrap(), "dropped:messages[0].cache_control (x2), approximated:stop");
        assert_eq!(header(&[]), None);
    }

    #[test]
    fn a_header_has_an_end() {
        let lines: Vec<_> = (0..40).map(|it| format!("dropped:{it:0>90}")).collect();
        let value = header(&lines).unwrap();
        assert!(value.len() <= MOST_BYTES + ", more:40".len());
        let told = value.to_str().unwrap().matches("dropped:").count();
        assert!(value.to_str().unwrap().ends_with(&format!(", more:{}", 40 - told)));
    }
}
