use super::*;
use crate::demo::demo;

#[test]
fn a_document_without_text_is_checked_too() {
    let mut document = demo("http://127.0.0.1:1/v1");
    document.groups.shift_remove("fast");
    document.providers.shift_remove("sandbox");
    let told: Vec<String> = validate(&document).into_iter().map(|it| format!("{}: {}", it.path, it.message)).collect();
    assert!(told.contains(&"callers[0].allow[1]: there is no group `fast`".to_owned()), "{told:#?}");
    assert!(told.contains(&"groups.smart.targets[0].model: there is no provider `sandbox`".to_owned()), "{told:#?}");
}
