//! Groups, providers, models and prices, changed by the forms of their pages.

use serde_json::json;

use crate::{
    plane::{Answer, Plane},
    route_pages::{configured, page, sent, used},
};

/// The version that a form was opened with.
fn version_of(answer: &Answer) -> u64 {
    let rest = answer.text.split_once("name=\"version\" value=\"").unwrap_or_else(|| panic!("{}", answer.text)).1;
    rest.split('"').next().unwrap().parse().unwrap()
}

/// The group `fast` as its form sends it, with weights.
fn fast(version: u64, mini: &str, haiku: &str) -> String {
    let on: String = ["timeout", "network", "rate-limit", "quota", "access-denied", "server-error"]
        .map(|it| format!("&on={it}"))
        .concat();
    format!(
        "version={version}&purpose=Short+answers&project=&policy=weighted&max_attempts=&fidelity=tolerant&early_keep_alive=true&aliases=\
         &target=openai%2Fmini&weight={mini}&target=spare%2Fhaiku&weight={haiku}&target=&weight={on}"
    )
}

#[tokio::test]
async fn weights_are_changed_after_a_look_at_what_that_does() {
    let plane = configured().await;
    used(&plane, 4).await;
    let form = page(&plane, "/groups/fast/edit", &plane.admin).await;
    assert!(
        form.status == 200 && form.text.contains("name=\"target\"") && form.text.contains("spare/haiku"),
        "{}",
        form.text
    );
    let version = version_of(&form);
    let look = sent(&plane, "/groups/fast/edit", &plane.admin, &fast(version, "1", "9")).await;
    assert_eq!(look.status, 200, "{}", look.text);
    for text in ["groups.fast.targets[openai/mini].weight", "openai/mini: 75% → 10%", "4 requests in 24 hours"] {
        assert!(look.text.contains(text), "{text} in {}", look.text);
    }
    assert_eq!(
        plane.get("/api/v1/groups/fast").await.json()["targets"][0]["weight"],
        3,
        "nothing is changed by a look"
    );
    let applied = fast(version, "1", "9") + "&step=apply&comment=more+for+the+spare";
    let done = sent(&plane, "/groups/fast/edit", &plane.admin, &applied).await;
    assert_eq!(done.status, 303, "{}", done.text);
    assert!(done.headers["location"].starts_with("/groups/fast?told=applied&version="), "{:?}", done.headers);
    let group = plane.get("/api/v1/groups/fast").await.json();
    assert_eq!(group["targets"], json!([{"model": "openai/mini"}, {"model": "spare/haiku", "weight": 9}]));
    assert_eq!((&group["contract"]["purpose"], group.get("fallback")), (&json!("Short answers"), None));
    // Somebody who still has the old version sees both, and what they entered.
    let late = sent(&plane, "/groups/fast/edit", &plane.admin, &fast(version, "7", "1")).await;
    assert!(late.status == 412 && late.text.contains("Theirs") && late.text.contains("value=\"7\""), "{}", late.text);
    assert_eq!(plane.get("/api/v1/groups/fast").await.json()["targets"][1]["weight"], 9);
}

#[tokio::test]
async fn a_provider_a_model_and_a_group_are_made_by_one_form() {
    let plane = Plane::start().await;
    let form = page(&plane, "/providers/new?preset=openai", &plane.admin).await;
    assert!(form.text.contains("https://api.openai.com/v1") && form.text.contains("OPENAI_API_KEY"), "{}", form.text);
    let filled = "version=0&id=openai&base_url=https%3A%2F%2Fapi.openai.com%2Fv1&dialects=openai-chat&network=public&key_from=env\
                  &key_name=OPENAI_API_KEY&name=mini&model=gpt-5-mini&input=0.25&cached_input=&output=2&group=fast&kind=provider\
                  &tenancy=shared";
    let look = sent(&plane, "/providers/new", &plane.admin, filled).await;
    assert!(look.status == 200 && look.text.contains("Group fast is new"), "{}", look.text);
    let done = sent(&plane, "/providers/new", &plane.admin, &format!("{filled}&step=apply")).await;
    assert_eq!(done.status, 303, "{}", done.text);
    assert_eq!(plane.get("/api/v1/groups/fast").await.json(), json!({"targets": [{"model": "openai/mini"}]}));
    let made = plane.get("/api/v1/providers/openai").await.json();
    assert_eq!(made["models"]["mini"], json!({"model": "gpt-5-mini", "prices": [{"input": 0.25, "output": 2}]}));
    let again = sent(&plane, "/providers/new", &plane.admin, &filled.replace("version=0", "version=1")).await;
    assert!(again.status == 422 && again.text.contains("There is a provider openai already"), "{}", again.text);
    // A price of a later day stands beside the one of now, and a second model beside the first.
    let price =
        "version=1&from=2099-01-01&input=1&output=4&cached_input=&cache_write_5m=&cache_write_1h=&source=&step=apply";
    assert_eq!(sent(&plane, "/catalogue/openai/mini/price", &plane.admin, price).await.status, 303);
    assert_eq!(
        plane.get("/api/v1/providers/openai/models/mini/prices").await.json()["prices"].as_array().unwrap().len(),
        2
    );
    let model = "version=2&name=big&model=gpt-5&state=active&reads=text&writes=text&structured_outputs=true&reasoning=true\
                 &honored=true&input=&cached_input=&output=&step=apply";
    let second = sent(&plane, "/providers/openai/models/new", &plane.admin, model).await;
    assert_eq!(second.status, 303, "{}", second.text);
    assert_eq!(plane.get("/api/v1/providers/openai/models/big").await.json(), json!({"model": "gpt-5"}));
}

#[tokio::test]
async fn what_the_check_finds_stands_at_its_field() {
    let plane = configured().await;
    let version = version_of(&page(&plane, "/groups/fast/edit", &plane.admin).await);
    let provider = "id=x&base_url=nowhere&network=public&key_from=&key_name=&name=&group=&kind=provider&tenancy=shared&connect=soon";
    for (path, form, fields) in [
        ("/groups/fast/edit", fast(version, "many", "1"), vec!["targets-error"]),
        (
            "/groups/fast/edit",
            fast(version, "1", "1").replace("max_attempts=", "max_attempts=99"),
            vec!["max_attempts-error"],
        ),
        ("/groups/new", "version=1&id=two+words&target=openai%2Fmini&weight=1".to_owned(), vec!["id-error"]),
        (
            "/providers/new",
            format!("version={version}&{provider}"),
            vec!["base_url-error", "dialects-error", "connect-error"],
        ),
        (
            "/catalogue/openai/mini/price",
            format!("version={version}&from=someday&input=&output=2"),
            vec!["from-error", "input-error"],
        ),
        (
            "/catalogue/openai/mini/edit",
            format!("version={version}&model=&context_tokens=all"),
            vec!["model-error", "context_tokens-error"],
        ),
    ] {
        let answer = sent(&plane, path, &plane.admin, &form).await;
        assert_eq!(answer.status, 422, "{path} {form}: {}", answer.text);
        for field in fields {
            assert!(answer.text.contains(field), "{field} of {path} in {}", answer.text);
        }
    }
}

#[tokio::test]
async fn what_is_removed_takes_its_name_and_nobody_edits_what_is_not_theirs() {
    let plane = configured().await;
    let asked = page(&plane, "/groups/theirs/remove", &plane.admin).await;
    let is_asked = |text: &str| text.contains("name=\"typed\"");
    assert!(asked.status == 409 && asked.text.contains("caller ben") && !is_asked(&asked.text), "{}", asked.text);
    let asked = page(&plane, "/catalogue/openai/org%2Flarge%3A8b/remove", &plane.admin).await;
    assert!(asked.status == 200 && is_asked(&asked.text), "{} {}", asked.status, asked.text);
    assert_eq!(
        sent(&plane, "/catalogue/openai/org%2Flarge%3A8b/remove", &plane.admin, "version=1&typed=x").await.status,
        422
    );
    let gone = sent(
        &plane,
        "/catalogue/openai/org%2Flarge%3A8b/remove",
        &plane.admin,
        "version=1&typed=openai%2Forg%2Flarge%3A8b",
    )
    .await;
    assert_eq!(gone.status, 303, "{}", gone.text);
    let used = sent(&plane, "/providers/spare/remove", &plane.admin, "version=2&typed=spare").await;
    assert!(used.status == 422 && used.text.contains("there is no provider <code>spare</code>"), "{}", used.text);
    let lead = plane.admin_in("project-admin", "billing").await;
    for (path, status) in [("/groups/mine", 404), ("/groups/fast", 403)] {
        for act in ["edit", "remove"] {
            assert_eq!(page(&plane, &format!("{path}/{act}"), &lead).await.status, status, "{path} {act}");
            assert_eq!(sent(&plane, &format!("{path}/{act}"), &lead, "version=2").await.status, status, "{path} {act}");
        }
    }
    let own = "version=2&project=billing&target=openai%2Fmini&weight=5&step=apply";
    let done = sent(&plane, "/groups/theirs/edit", &lead, own).await;
    assert_eq!(done.status, 303, "{}", done.text);
    assert_eq!(page(&plane, "/providers/new", &lead).await.status, 403);
    assert_eq!(page(&plane, "/groups/new", &plane.admin_of("viewer").await).await.status, 403);
}
