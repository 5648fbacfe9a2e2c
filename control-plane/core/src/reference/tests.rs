use super::*;

#[test]
fn every_key_of_the_schema_is_described() {
    let text = markdown();
    for rule in std::iter::once(schema::schema())
        .chain(schema::schema()["$defs"].as_object().into_iter().flat_map(|it| it.values()))
    {
        for (key, member) in rule["properties"].as_object().into_iter().flatten() {
            assert!(text.contains(&format!("| `{key}` |")), "{key}");
            let about = member["description"].as_str().or(schema::follow(member)["description"].as_str());
            assert!(about.is_some() || text.contains(".tools"), "{key} says nothing");
        }
    }
}

#[test]
fn sections_are_named_by_their_paths() {
    let text = markdown();
    for title in [
        "`providers.<name>`",
        "`providers.<name>.models.<name>.prices[]`",
        "`groups.<name>.targets[]`",
        "`callers[].limits`",
    ] {
        assert!(text.contains(&format!("\n## {title}\n")), "{title}");
    }
    assert!(text.contains("| `max_attempts` | whole number, from 1 | `3` |"));
}

#[test]
fn the_example_has_every_key() {
    let rules = schema::schema()["$defs"].as_object().into_iter().flat_map(|it| it.values());
    for key in rules.filter_map(|it| it["properties"].as_object()).flat_map(|it| it.keys()) {
        assert!(EXAMPLE.contains(&format!("{key}:")), "{key}");
    }
}
