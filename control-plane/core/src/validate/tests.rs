#![expect(clippy::unwrap_used, reason = "tests")]

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

#[test]
fn an_impossible_dialect_pair_is_refused_when_the_configuration_is_applied() {
    let told = |spoken: &str, output: &str, listed: &str, fidelity: &str| -> Vec<String> {
        let text = format!(
            "version: 1\nproviders: {{p: {{base_url: \"https://a.example\", dialects: [{spoken}], models: {{m: {{model: m, \
             modalities: {{output: [{output}]}}}}}}}}}}\ngroups: {{g: {{targets: [{{model: p/m}}], fidelity: {fidelity}, \
             contract: {{dialects: [{listed}]}}}}}}\n"
        );
        match crate::parse::parse(&text, &|_| None) {
            Ok(_) => Vec::new(),
            Err(problems) => problems.into_iter().map(|it| format!("{}: {}", it.path, it.message)).collect(),
        }
    };
    let (chat, responses, messages) = ("openai-chat", "openai-responses", "anthropic-messages");
    for fidelity in ["tolerant", "strict"] {
        for (spoken, output, listed, possible) in [
            // Text goes from any dialect to any other.
            (chat, "text", messages, true),
            (messages, "text", chat, true),
            (responses, "text, image", messages, true),
            // A message has no picture in it.
            (chat, "image", messages, false),
            (messages, "image", messages, false),
            (chat, "image", chat, true),
            (chat, "image", responses, true),
            // Vectors are asked for in OpenAI's way alone.
            (chat, "embedding", chat, true),
            (responses, "embedding", chat, true),
            (messages, "embedding", chat, false),
            (chat, "embedding", responses, false),
            (chat, "embedding", messages, false),
            // Sound is not translated.
            (chat, "audio", chat, true),
            (chat, "audio", responses, false),
            (chat, "audio", messages, false),
        ] {
            let told = told(spoken, output, listed, fidelity);
            let case = format!("{output} of {spoken} for {listed}: {told:?}");
            assert_eq!(told.is_empty(), possible, "{case}");
            for told in told {
                let (path, message) = told.split_once(": ").unwrap();
                assert_eq!(path, "groups.g.contract.dialects[0]", "{case}");
                assert!(
                    message.contains("`p/m` can never answer") && message.contains("take the target out"),
                    "{case}"
                );
            }
        }
    }
}
