use serde_json::json;

use crate::plane::{DOCUMENT, Plane};

const KEY: &str = "sk-planted-0123456789";
const PATH: &str = "/api/v1/providers/openai/credential";

async fn put(plane: &Plane, path: &str, value: &str) -> crate::plane::Answer {
    plane.send("PUT", path, Some(&plane.admin), Some(json!({"value": value}))).await
}

#[tokio::test]
async fn a_sealed_key_is_in_no_answer_and_not_in_the_database() {
    let plane = Plane::configured().await;
    let answer = put(&plane, PATH, KEY).await;
    assert_eq!((answer.status, answer.json()), (200, json!({"version": 2})));
    for route in control_plane::http::listed().into_iter().filter(|route| route.method.as_str() == "GET") {
        let answer = plane.get(&route.path.replace("{*page}", "none")).await;
        assert!(!answer.text.contains("planted"), "{} shows the key", route.path);
    }
    assert!(!plane.get("/api/v1/config?format=json").await.text.contains("planted"));
    let store = &plane.running.control().store;
    let sealed: Vec<u8> = sqlx::query_scalar("select sealed from credentials").fetch_one(store.read()).await.unwrap();
    assert!(!sealed.windows(7).any(|window| window == b"planted"));
    // It does open for those who compile the snapshot.
    let rows = control_plane::store::credential::all(store.read()).await.unwrap();
    let credentials = plane.running.control().credentials(&rows);
    let found = credentials.find("openai", "https://api.openai.com").unwrap();
    assert!(found.is_some_and(|it| it.expose() == KEY));

    assert_eq!(plane.send("DELETE", PATH, Some(&plane.admin), None).await.json(), json!({"version": 3}));
    assert_eq!(plane.send("DELETE", PATH, Some(&plane.admin), None).await.code(), "not-found");
}

#[tokio::test]
async fn a_key_that_would_not_be_used_or_cannot_be_sent_is_refused() {
    let plane = Plane::configured().await;
    assert_eq!(put(&plane, "/api/v1/providers/nobody/credential", KEY).await.code(), "not-found");
    for value in ["", "two words", "line\nbreak", "schlüssel", &"x".repeat(16_385)] {
        assert_eq!(put(&plane, PATH, value).await.code(), "invalid-value", "{value:?}");
    }
    let with_reference = DOCUMENT.replace(
        "    dialects: [openai-chat]\n",
        "    dialects: [openai-chat]\n    credential: {env: OPENAI_API_KEY}\n",
    );
    plane.apply(&with_reference).await;
    let answer = put(&plane, PATH, KEY).await;
    assert_eq!((answer.status, answer.code().as_str()), (409, "conflict"));
    assert!(!answer.text.contains("planted"));
}

#[tokio::test]
async fn a_key_in_the_wrong_form_is_not_repeated() {
    let plane = Plane::configured().await;
    for body in [json!(KEY), json!([KEY]), json!({"value": [KEY]}), json!({"value": {"value": KEY}}), json!([[KEY]])] {
        let answer = plane.send("PUT", PATH, Some(&plane.admin), Some(body.clone())).await;
        assert_eq!(answer.status, 400, "{body}");
        assert!(!answer.text.contains("planted"), "{body}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_sealed_key_goes_to_the_address_that_it_was_set_for() {
    let plane = Plane::configured().await;
    put(&plane, PATH, KEY).await;
    let store = plane.running.control().store.clone();
    // As an older build left it.
    let mut tx = store.write().await.unwrap();
    sqlx::query("update credentials set origin = null").execute(tx.connection()).await.unwrap();
    tx.commit().await.unwrap();
    let finds = async |origin: &str| {
        let rows = control_plane::store::credential::all(store.read()).await.unwrap();
        plane.running.control().credentials(&rows).find("openai", origin).is_ok_and(|it| it.is_some())
    };
    assert!(finds("https://api.openai.com").await);
    let elsewhere = DOCUMENT.replace("api.openai.com", "evil.example.com");
    let answer = plane.apply(&elsewhere).await;
    assert!(answer.json()["warnings"].to_string().contains("set it again"), "{}", answer.text);
    assert!(!finds("https://evil.example.com").await, "another address does not get the key");
    assert_eq!(put(&plane, PATH, KEY).await.status, 200);
    assert!(finds("https://evil.example.com").await && !finds("https://api.openai.com").await);
}

#[tokio::test]
async fn who_compares_or_goes_back_is_told_that_the_key_will_be_asked_for() {
    let plane = Plane::configured().await;
    let elsewhere = DOCUMENT.replace("api.openai.com", "proxy.example.com");
    assert_eq!(plane.apply(&elsewhere).await.json()["version"], 2);
    put(&plane, PATH, KEY).await;
    let asks_again = |answer: &crate::plane::Answer| answer.json()["warnings"].to_string().contains("set it again");

    let same = plane.post("/api/v1/config/diff", json!({"document": elsewhere})).await;
    assert!(!asks_again(&same), "{}", same.text);
    let moved = plane.post("/api/v1/config/diff", json!({"document": DOCUMENT})).await;
    assert!(asks_again(&moved), "{}", moved.text);
    // Also when it is compared with the version to which it goes back.
    let moved = plane.post("/api/v1/config/diff", json!({"document": DOCUMENT, "against": 1})).await;
    assert!(moved.json()["changes"].as_array().is_some_and(Vec::is_empty) && asks_again(&moved), "{}", moved.text);

    let back = plane.post("/api/v1/config/rollback", json!({"version": 1})).await;
    assert!(back.status == 200 && asks_again(&back), "{}", back.text);
    // What is in force already is not published.
    let again = plane.post("/api/v1/config/rollback", json!({"version": 4})).await.json();
    assert_eq!((&again["version"], &again["changes"]), (&json!(4), &json!([])));
}

#[tokio::test]
async fn where_keys_come_from_is_listed_without_the_keys() {
    let plane = Plane::configured().await;
    let listed = async || plane.get("/api/v1/credentials").await.json()["credentials"].clone();
    assert_eq!(listed().await, json!([{"provider": "openai", "source": "none", "usable": "yes"}]));
    put(&plane, PATH, KEY).await;
    let all = listed().await;
    let of = |name: &str| all[0][name].as_str().unwrap_or_default().to_owned();
    assert_eq!(
        (of("source"), of("origin"), of("usable")),
        ("sealed".into(), "https://api.openai.com".into(), "yes".into())
    );
    assert!(of("set_at").starts_with("20") && of("set_by").starts_with("admin-token/"), "{all}");
    // Another address does not get it.
    plane.apply(&DOCUMENT.replace("api.openai.com", "elsewhere.example.com")).await;
    let all = listed().await;
    assert_eq!(all[0]["usable"], "no");
    assert!(all[0]["why"].as_str().is_some_and(|it| it.contains("set it again")), "{all}");
    let with = |reference: &str| {
        let dialects = "    dialects: [openai-chat]\n";
        DOCUMENT.replace(dialects, &format!("{dialects}    credential: {reference}\n"))
    };
    plane.apply(&with("{env: NOWHERE_API_KEY}")).await;
    let expected =
        json!([{"provider": "openai", "source": "env", "name": "NOWHERE_API_KEY", "usable": "with-routers"}]);
    assert_eq!(listed().await, expected);
    assert!(!plane.get("/api/v1/credentials").await.text.contains("planted"));
}

#[tokio::test]
async fn whoever_may_not_set_keys_sends_none_elsewhere() {
    let plane = Plane::configured().await;
    let with_key =
        DOCUMENT.replace("dialects: [openai-chat]", "dialects: [openai-chat]\n    credential: {env: OPENAI_API_KEY}");
    let moved = with_key.replace("api.openai.com", "evil.example.com");
    let beside = with_key.replace(
        "groups:",
        "  evil: {base_url: 'https://evil.example.com', dialects: [openai-chat], credential: {env: OPENAI_API_KEY}}\ngroups:",
    );
    assert_eq!(plane.apply(&moved).await.json()["version"], 2);
    assert_eq!(plane.apply(&with_key).await.json()["version"], 3, "an administrator may");
    let operator = plane.admin_of("operator").await;
    let send = async |path: &str, body: serde_json::Value| {
        plane.send("POST", &format!("/api/v1/config/{path}"), Some(&operator), Some(body)).await
    };
    for (document, provider) in [(&moved, "providers.openai"), (&beside, "providers.evil")] {
        for path in ["check", "diff"] {
            let answer = send(path, json!({"document": document})).await;
            let warnings = answer.json()["warnings"].to_string();
            assert!(
                warnings.contains("an administrator must apply this") && warnings.contains(provider),
                "{}",
                answer.text
            );
            let answer = plane.post(&format!("/api/v1/config/{path}"), json!({"document": document})).await;
            assert!(!answer.json()["warnings"].to_string().contains("administrator"), "{}", answer.text);
        }
        let answer = send("apply", json!({"document": document, "force": true})).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "moves-keys"));
        assert!(answer.json()["detail"].as_str().unwrap().contains(provider), "{}", answer.text);
        assert_eq!(answer.json()["problems"][0]["path"], provider);
    }
    let back = send("rollback", json!({"version": 2})).await;
    assert_eq!((back.status, back.code().as_str()), (403, "moves-keys"));
    assert_eq!(plane.get("/api/v1/config").await.headers["x-router-config-version"], "3");

    // The daily work goes on, also without the key and back to where it is sent.
    let other = with_key.replace("gpt-5-mini", "gpt-5-nano");
    assert_eq!(send("apply", json!({"document": other})).await.status, 200);
    assert_eq!(send("rollback", json!({"version": 3})).await.status, 200);
    assert_eq!(send("rollback", json!({"version": 1})).await.status, 200, "it takes the key away");
    assert_eq!(send("rollback", json!({"version": 3})).await.code(), "moves-keys");
}
