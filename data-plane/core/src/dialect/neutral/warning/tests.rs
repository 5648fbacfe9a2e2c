use super::*;

#[test]
fn a_field_is_named_once_with_its_first_place() {
    let mut warnings = Warnings::default();
    warnings.dropped("messages[3].content[0].cache_control");
    warnings.dropped("messages[10].content[1].cache_control");
    warnings.approximated("messages[3].content[0].cache_control");
    warnings.dropped("seed");
    let told: Vec<(String, u32)> = warnings.list().iter().map(|it| (it.to_string(), it.count)).collect();
    assert_eq!(
        told,
        [
            ("dropped:messages[3].content[0].cache_control".to_owned(), 2),
            ("approximated:messages[3].content[0].cache_control".to_owned(), 1),
            ("dropped:seed".to_owned(), 1),
        ]
    );
    let mut later = Warnings::default();
    later.dropped("top_k");
    later.extend(&warnings);
    let counts: Vec<u32> = later.list().iter().map(|it| it.count).collect();
    assert_eq!(counts, [1, 2, 1, 1]);
}

#[test]
fn names_of_a_caller_are_made_fit_for_a_header() {
    let mut warnings = Warnings::default();
    warnings.dropped("a\r\nset-cookie: b,é");
    assert_eq!(warnings.list()[0].path, "a__set-cookie__b__");
    warnings.dropped("x".repeat(1_000_000));
    assert_eq!(warnings.list()[1].path.len(), 128);
}

#[test]
fn their_number_is_bounded() {
    let mut warnings = Warnings::default();
    for name in 0..1_000_u32 {
        // Digits do not tell fields apart.
        let letters: String = name.to_string().bytes().map(|it| char::from(it - b'0' + b'a')).collect();
        warnings.dropped(letters);
    }
    assert_eq!(warnings.list().len(), MOST);
}
