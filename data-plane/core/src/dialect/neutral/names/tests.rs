use proptest::prelude::*;

use super::*;

fn namespaced(namespace: &'static str, name: &'static str) -> ToolName<'static> {
    ToolName { namespace: Some(namespace.into()), name: name.into(), custom: false }
}

#[test]
fn names_come_back_as_the_caller_wrote_them() {
    let long = ToolName::function("x".repeat(80));
    let tools = [
        ToolName::function("read_file"),
        namespaced("multi_agent_v1", "spawn_agent"),
        ToolName::custom("apply_patch"),
        ToolName::function("mcp.server/tool é"),
        ToolName::function(""),
        long.clone(),
    ];
    let mut names = ToolNames::default();
    let flat: Vec<String> = tools.iter().map(|it| names.add(it, false)).collect();
    assert_eq!(flat[..3], ["read_file", "multi_agent_v1__spawn_agent", "apply_patch"]);
    for (tool, flat) in tools.iter().zip(flat) {
        assert!(flat.len() <= MAX_NAME && flat.bytes().all(|it| it.is_ascii_alphanumeric() || b"_-".contains(&it)));
        assert_eq!(names.resolve(ToolName::function(flat.clone())), *tool);
        assert_eq!(names.add(tool, false), flat, "a second mention has the same name");
    }
    assert_eq!(names.resolve(ToolName::function("unheard_of")), ToolName::function("unheard_of"));
}

#[test]
fn two_tools_never_share_a_name() {
    let mut names = ToolNames::default();
    let first = names.add(&ToolName::function("a__b"), false);
    let second = names.add(&namespaced("a", "b"), false);
    assert_eq!(first, "a__b");
    assert_ne!(first, second);
    assert_eq!(names.resolve(ToolName::function(first)), ToolName::function("a__b"));
    assert_eq!(names.resolve(ToolName::function(second)), namespaced("a", "b"));
    assert_eq!(names.add(&namespaced("", "a__b"), false), "a__b", "an empty namespace is none");
}

#[test]
fn where_custom_tools_are_known_the_upstreams_word_counts() {
    let mut names = ToolNames::default();
    let flat = names.add(&ToolName::custom("exec"), true);
    assert_eq!(names.resolve(ToolName::custom(flat.clone())), ToolName::custom("exec"));
    assert_eq!(names.resolve(ToolName::function(flat)), ToolName::function("exec"));
}

proptest! {
    #[test]
    fn any_name_becomes_one_that_every_vendor_takes(namespace: Option<String>, name: String) {
        let name = ToolName { namespace: namespace.map(Into::into), name: name.into(), custom: false };
        let flat = ToolNames::default().add(&name, false);
        prop_assert!(!flat.is_empty() && flat.len() <= MAX_NAME);
        prop_assert!(flat.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-')), "{}", flat);
    }
}
