//! The pages of projects and callers, of access, of the audit log and of administrators, asked over HTTP as several roles.

use control_plane::{ConfigMode, Options, start};
use serde_json::{Value, json};

use crate::plane::{Answer, Plane, local_admin, options};

const DOCUMENT: &str = "\
version: 1
settings: {default_group: fast}
providers:
  openai:
    base_url: https://api.openai.com/v1
    dialects: [openai-chat]
    models: {mini: {model: gpt-5-mini, state: active}}
projects: {search: {owner: ana@example.com}, billing: {owner: hidden-owner}}
groups:
  fast: {targets: [{model: openai/mini}]}
  smart: {targets: [{model: openai/mini}]}
  theirs: {project: billing, targets: [{model: openai/mini}]}
callers:
  - {id: ana, allow: [fast], project: search, limits: {rpm: 600}}
  - {id: ben, allow: [fast], project: billing, user: hidden-user}
  - {id: free, allow: [smart]}
";

async fn page(plane: &Plane, path: &str, token: &str) -> Answer {
    let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\r\n");
    plane.raw(&head).await
}

async fn sent(plane: &Plane, path: &str, token: &str, form: &str) -> Answer {
    let content = format!("content-type: application/x-www-form-urlencoded\r\ncontent-length: {}", form.len());
    let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {token}");
    plane.raw(&format!("{head}\r\n{content}\r\n\r\n{form}")).await
}

async fn configured() -> Plane {
    let plane = Plane::start().await;
    let answer = plane.apply(DOCUMENT).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    plane
}

/// The version that a form was opened with.
fn version(answer: &Answer) -> u64 {
    let rest = answer.text.split("name=\"version\" value=\"").nth(1).unwrap_or_else(|| panic!("{}", answer.text));
    rest.split('"').next().unwrap().parse().unwrap()
}

async fn document(plane: &Plane) -> Value {
    plane.get("/api/v1/config?format=json").await.json()
}

const ANA: &str = "user=&project=search&environment=prod&allow=fast&default_group=&scopes=inference&tpm=&concurrency=";

#[tokio::test]
async fn projects_and_callers_are_listed_for_those_who_see_them() {
    let plane = configured().await;
    plane.token_of("ana").await;
    let list = page(&plane, "/projects", &plane.admin).await;
    assert_eq!(list.status, 200, "{}", list.text);
    for text in ["/projects/search", "/callers/ana", "/callers/ben", "/callers/free", "No project", "/projects/new"] {
        assert!(list.text.contains(text), "{text} in {}", list.text);
    }
    let lead = plane.admin_in("project-admin", "search").await;
    for path in ["/projects", "/projects/search", "/callers/ana", "/projects/export?format=ndjson"] {
        let seen = page(&plane, path, &lead).await;
        assert_eq!(seen.status, 200, "{path}: {}", seen.text);
        assert!(
            seen.text.contains("ana") && !seen.text.contains("hidden-") && !seen.text.contains("free"),
            "{path}: {}",
            seen.text
        );
    }
    let list = page(&plane, "/projects", &lead).await;
    assert!(list.text.contains("/callers/new") && !list.text.contains("/projects/new"), "{}", list.text);
    for path in ["/projects/billing", "/callers/ben", "/callers/ben/edit", "/callers/ben/remove", "/callers/free"] {
        assert_eq!(page(&plane, path, &lead).await.status, 404, "{path}");
    }
    for path in ["/callers/ben/edit", "/callers/ben/remove"] {
        let answer = sent(&plane, path, &lead, "version=1&step=apply&typed=ben&scopes=inference&project=search").await;
        assert!(matches!(answer.status, 403 | 404) && !answer.text.contains("hidden-"), "{path}: {}", answer.text);
    }
    assert_eq!(document(&plane).await["callers"][1]["user"], "hidden-user");
    let viewer = plane.admin_of("viewer").await;
    let caller = page(&plane, "/callers/ana", &viewer).await;
    assert!(
        caller.status == 200 && !caller.text.contains("/edit") && !caller.text.contains("/tokens/new"),
        "{}",
        caller.text
    );
    assert_eq!(page(&plane, "/callers/ana/edit", &viewer).await.status, 403);
    assert_eq!(page(&plane, "/projects", &plane.admin_of("report-admin").await).await.status, 403);
    let found = page(&plane, "/projects?q=hidden-user", &plane.admin).await;
    assert!(found.text.contains("/callers/ben") && !found.text.contains("/callers/ana"), "{}", found.text);
}

#[tokio::test]
async fn a_caller_is_changed_after_a_look_at_what_that_does() {
    let plane = configured().await;
    let form = page(&plane, "/callers/ana/edit", &plane.admin).await;
    assert!(form.status == 200 && form.text.contains("value=\"600\""), "{}", form.text);
    let version = version(&form);
    let typed = format!("version={version}&{ANA}&allow=smart&rpm=60");
    let look = sent(&plane, "/callers/ana/edit", &plane.admin, &typed).await;
    assert_eq!(look.status, 200, "{}", look.text);
    for text in ["600 → 60", "gains ", "value=\"apply\"", "Environment of the caller ana"] {
        assert!(look.text.contains(text), "{text} in {}", look.text);
    }
    assert_eq!(document(&plane).await["callers"][0]["limits"]["rpm"], 600, "nothing was changed");
    let again = sent(&plane, "/callers/ana/edit", &plane.admin, &format!("{typed}&step=edit")).await;
    assert!(again.text.contains("value=\"60\"") && !again.text.contains("value=\"600\""), "{}", again.text);
    let made = sent(&plane, "/callers/ana/edit", &plane.admin, &format!("{typed}&comment=less&step=apply")).await;
    assert_eq!(made.status, 303, "{}", made.text);
    let new = version + 1;
    assert_eq!(made.headers["location"], format!("/callers/ana?told=applied&version={new}"));
    let caller = &document(&plane).await["callers"][0];
    assert_eq!((&caller["limits"]["rpm"], &caller["allow"]), (&json!(60), &json!(["fast", "smart"])));
    assert_eq!((&caller["environment"], &caller["project"]), (&json!("prod"), &json!("search")));
    let told = page(&plane, &made.headers["location"], &plane.admin).await;
    assert!(told.text.contains(&format!("In force as version {new}")), "{}", told.text);
    let same = sent(
        &plane,
        "/callers/ana/edit",
        &plane.admin,
        &typed.replace(&format!("version={version}"), &format!("version={new}")),
    )
    .await;
    assert!(same.status == 200 && same.text.contains("Nothing changes"), "{}", same.text);
}

#[tokio::test]
async fn what_is_wrong_with_a_caller_stands_at_its_field_and_what_was_typed_stays() {
    let plane = configured().await;
    let before = document(&plane).await;
    let usual = "version=1&scopes=inference&user=kept-user";
    for (form, field) in [
        (format!("{usual}&id="), "id-error"),
        (format!("{usual}&id=ana"), "id-error"),
        (format!("{usual}&id=a+b"), "id-error"),
        (format!("{usual}&id=new&rpm=many"), "rpm-error"),
        (format!("{usual}&id=new&rpm=0"), "rpm-error"),
        (format!("{usual}&id=new&allow=nothing"), "allow-error"),
        (format!("{usual}&id=new&project=nowhere"), "project-error"),
        ("version=1&user=kept-user&id=new".to_owned(), "scopes-error"),
    ] {
        for step in ["", "&step=apply"] {
            let answer = sent(&plane, "/callers/new", &plane.admin, &format!("{form}{step}")).await;
            assert_eq!(answer.status, 422, "{form}: {}", answer.text);
            assert!(answer.text.contains(field) && answer.text.contains("kept-user"), "{form}: {}", answer.text);
        }
    }
    assert_eq!(document(&plane).await, before);
    let made = sent(&plane, "/callers/new", &plane.admin, &format!("{usual}&id=new&allow=fast&step=apply")).await;
    assert_eq!((made.status, made.headers["location"].starts_with("/callers/new?told=applied")), (303, true));
    let lead = plane.admin_in("project-admin", "search").await;
    for (form, status) in [
        ("id=x&project=billing", 403),
        ("id=x&project=", 403),
        ("id=ben&project=search", 422),
        ("id=x&project=search&allow=theirs", 403),
    ] {
        let answer =
            sent(&plane, "/callers/new", &lead, &format!("version=2&scopes=inference&{form}&step=apply")).await;
        assert_eq!(answer.status, status, "{form}: {}", answer.text);
        assert!(!answer.text.contains("hidden-"), "{form}: {}", answer.text);
    }
    let answer =
        sent(&plane, "/callers/new", &lead, "version=2&scopes=inference&id=x&project=search&allow=fast&step=apply")
            .await;
    assert_eq!(answer.status, 303, "{}", answer.text);
}

#[tokio::test]
async fn whoever_is_second_sees_both_versions_and_loses_nothing() {
    let plane = configured().await;
    let opened = version(&page(&plane, "/callers/ana/edit", &plane.admin).await);
    let first = format!("version={opened}&{ANA}&rpm=300&user=eve&step=apply").replacen("user=&", "", 1);
    assert_eq!(sent(&plane, "/callers/ana/edit", &plane.admin, &first).await.status, 303);
    let second = format!("version={opened}&{ANA}&allow=smart&rpm=60");
    for step in ["", "&step=apply"] {
        let both = sent(&plane, "/callers/ana/edit", &plane.admin, &format!("{second}{step}")).await;
        assert_eq!(both.status, 412, "{}", both.text);
        for text in ["nothing is lost", "callers[ana].limits.rpm", "300", "60", "600", "value=\"smart\""] {
            assert!(both.text.contains(text), "{text} in {}", both.text);
        }
        assert!(both.text.contains(&format!("applied version {}", opened + 1)), "{}", both.text);
    }
    let current = opened + 1;
    let chosen = format!("{second}&current={current}&callers%5Bana%5D.limits.rpm=yours&step=choose");
    let look = sent(&plane, "/callers/ana/edit", &plane.admin, &chosen).await;
    assert!(look.status == 200 && look.text.contains("300 → 60"), "{}", look.text);
    assert_eq!(version(&look), current);
    assert!(look.text.contains("name=\"user\" value=\"eve\""), "what the first has changed stays: {}", look.text);
    let theirs = chosen.replace("yours", "theirs");
    let look = sent(&plane, "/callers/ana/edit", &plane.admin, &theirs).await;
    assert!(!look.text.contains("300 → 60") && look.text.contains("name=\"rpm\" value=\"300\""), "{}", look.text);
    let over = sent(&plane, "/callers/ana/edit", &plane.admin, &format!("{second}&step=over")).await;
    assert!(over.status == 200 && over.text.contains("value=\"60\""), "{}", over.text);
    assert_eq!(version(&over), current);
    let made = format!("version={current}&{ANA}&allow=smart&rpm=60&step=apply").replacen("user=", "user=eve", 1);
    assert_eq!(sent(&plane, "/callers/ana/edit", &plane.admin, &made).await.status, 303);
    let caller = &document(&plane).await["callers"][0];
    assert_eq!(
        (&caller["user"], &caller["limits"]["rpm"], &caller["allow"]),
        (&json!("eve"), &json!(60), &json!(["fast", "smart"]))
    );
}

#[tokio::test]
async fn what_is_removed_takes_its_name_and_a_project_goes_last() {
    let plane = configured().await;
    plane.token_of("ana").await;
    let full = page(&plane, "/projects/search/remove", &plane.admin).await;
    assert!(full.status == 409 && full.text.contains("search"), "{} {}", full.status, full.text);
    let asked = page(&plane, "/callers/ana/remove", &plane.admin).await;
    assert!(asked.status == 200 && asked.text.contains("can no longer call"), "{}", asked.text);
    let opened = version(&asked);
    let wrong = sent(&plane, "/callers/ana/remove", &plane.admin, &format!("version={opened}&typed=yes")).await;
    assert_eq!(wrong.status, 422, "{}", wrong.text);
    let edit = format!("version={opened}&{ANA}&rpm=300&step=apply");
    assert_eq!(sent(&plane, "/callers/ana/edit", &plane.admin, &edit).await.status, 303);
    let late = sent(&plane, "/callers/ana/remove", &plane.admin, &format!("version={opened}&typed=ana")).await;
    assert!(late.status == 412 && late.text.contains("changed since you asked"), "{} {}", late.status, late.text);
    let typed = format!("version={}&typed=ana", version(&late));
    let gone = sent(&plane, "/callers/ana/remove", &plane.admin, &typed).await;
    assert_eq!(gone.status, 303, "{}", gone.text);
    assert_eq!(page(&plane, "/callers/ana", &plane.admin).await.status, 404);
    let asked = page(&plane, "/projects/search/remove", &plane.admin).await;
    assert_eq!(asked.status, 200, "{}", asked.text);
    let typed = format!("version={}&typed=search", version(&asked));
    assert_eq!(sent(&plane, "/projects/search/remove", &plane.admin, &typed).await.status, 303);
    assert_eq!(page(&plane, "/projects/search", &plane.admin).await.status, 404);
}

#[tokio::test]
async fn a_project_is_made_and_given_an_owner() {
    let plane = configured().await;
    let opened = version(&page(&plane, "/projects/new", &plane.admin).await);
    let made =
        sent(&plane, "/projects/new", &plane.admin, &format!("version={opened}&id=fresh&owner=kim&step=apply")).await;
    assert_eq!(
        made.headers.get("location").map(String::as_str),
        Some(&*format!("/projects/fresh?told=applied&version={}", opened + 1))
    );
    let taken =
        sent(&plane, "/projects/new", &plane.admin, &format!("version={}&id=fresh&owner=kept", opened + 1)).await;
    assert!(taken.status == 422 && taken.text.contains("id-error") && taken.text.contains("kept"), "{}", taken.text);
    let changed =
        sent(&plane, "/projects/fresh/edit", &plane.admin, &format!("version={}&owner=lee&step=apply", opened + 1))
            .await;
    assert_eq!(changed.status, 303, "{}", changed.text);
    let shown = page(&plane, "/projects/fresh", &plane.admin).await;
    assert!(shown.status == 200 && shown.text.contains("lee answers for it"), "{}", shown.text);
    let lead = plane.admin_in("project-admin", "fresh").await;
    assert_eq!(page(&plane, "/projects/new", &lead).await.status, 403);
    assert!(page(&plane, "/projects/fresh", &plane.admin).await.text.contains("project-admin"));
}

#[tokio::test]
async fn a_configuration_in_a_file_is_read_only_and_says_which() {
    let dir = tempfile::tempdir().unwrap();
    let mode = ConfigMode::File("smart-router.yaml".to_owned());
    let running = start(Options { config_mode: mode, ..options(dir.path()) }).await.unwrap();
    let (_, admin) = local_admin(dir.path());
    let plane = Plane { running, admin, _dir: dir };
    assert_eq!(plane.apply(DOCUMENT).await.status, 200);
    for path in ["/projects", "/callers/ana", "/callers/ana/edit", "/projects/search", "/projects/search/edit"] {
        let shown = page(&plane, path, &plane.admin).await;
        assert!(shown.status == 200 && shown.text.contains("<code>smart-router.yaml</code>"), "{path}: {}", shown.text);
        assert!(!shown.text.contains("type=\"submit\">Look"), "{path}: {}", shown.text);
    }
    let before = document(&plane).await;
    let refused = sent(&plane, "/callers/ana/edit", &plane.admin, &format!("version=1&{ANA}&rpm=1&step=apply")).await;
    assert!(refused.status == 409 && refused.text.contains("value=\"1\""), "{} {}", refused.status, refused.text);
    let refused = sent(&plane, "/callers/ana/remove", &plane.admin, "version=1&typed=ana").await;
    assert_eq!(refused.status, 409, "{}", refused.text);
    assert_eq!(document(&plane).await, before);
}

#[tokio::test]
async fn while_the_database_does_not_take_it_what_was_typed_stays() {
    let plane = configured().await;
    let writer = plane.running.control().store.write().await.unwrap();
    let typed = format!("version=1&{ANA}&rpm=60&user=kept-user&step=apply");
    let answer = sent(&plane, "/callers/ana/edit", &plane.admin, &typed).await;
    assert!(answer.status == 503 && answer.text.contains("kept-user"), "{} {}", answer.status, answer.text);
    assert!(answer.text.contains("The database does not answer"), "{}", answer.text);
    drop(writer);
    assert_eq!(sent(&plane, "/callers/ana/edit", &plane.admin, &typed).await.status, 303);
}

#[tokio::test]
async fn the_audit_log_is_found_exported_and_cut_to_projects() {
    let plane = configured().await;
    let (own, other) = (plane.token_of("ana").await, plane.token_of("ben").await);
    let (own, other) = (own["id"].as_str().unwrap(), other["id"].as_str().unwrap());
    let log = page(&plane, "/audit", &plane.admin).await;
    assert_eq!(log.status, 200, "{}", log.text);
    for text in ["token.create", "config.apply", &format!("/tokens/{own}"), &format!("/tokens/{other}")] {
        assert!(log.text.contains(text), "{text} in {}", log.text);
    }
    let found = page(&plane, &format!("/audit?target=token%2F{own}"), &plane.admin).await;
    assert!(found.text.contains(own) && !found.text.contains(other), "{}", found.text);
    for (query, shown) in [
        ("action=token.", true),
        ("action=token.create", true),
        ("action=config.", false),
        ("action=token.revoke", false),
        ("since=1h", true),
        ("until=2020-01-01", false),
        ("q=FOR+caller+ana", true),
        ("q=%25", false),
        ("actor=admin-token%2Fnobody", false),
    ] {
        let found = page(&plane, &format!("/audit?{query}"), &plane.admin).await;
        assert_eq!(found.status, 200, "{query}: {}", found.text);
        assert_eq!(found.text.contains(&format!("/tokens/{own}")), shown, "{query}: {}", found.text);
    }
    assert_eq!(page(&plane, "/audit?since=soon", &plane.admin).await.status, 400);

    let lead = plane.admin_in("project-admin", "search").await;
    let seen = page(&plane, "/audit", &lead).await;
    assert!(seen.status == 200 && seen.text.contains(own) && !seen.text.contains(other), "{}", seen.text);
    assert!(!seen.text.contains("hidden-") && !seen.text.contains("+ callers"), "words about others: {}", seen.text);
    let events = plane.send("GET", "/api/v1/audit", Some(&lead), None).await.json();
    let told: Vec<&str> =
        events["events"].as_array().unwrap().iter().map(|it| it["target"].as_str().unwrap()).collect();
    assert!(
        told.contains(&format!("token/{own}").as_str()) && !told.contains(&format!("token/{other}").as_str()),
        "{told:?}"
    );
    for path in ["/audit?tab=requests", "/audit/export?tab=requests&format=csv"] {
        assert_eq!(page(&plane, path, &lead).await.status, 403, "{path}");
    }
    for (format, lines) in [("csv", 4), ("ndjson", 3)] {
        let file = page(&plane, &format!("/audit/export?format={format}&action=token."), &plane.admin).await;
        assert_eq!(file.status, 200, "{}", file.text);
        assert!(
            file.text.contains(own) && file.text.contains(other) && !file.text.contains("config.apply"),
            "{lines}: {}",
            file.text
        );
    }
    let file = page(&plane, "/audit/export?format=csv", &lead).await;
    assert!(file.text.contains(own) && !file.text.contains(other) && !file.text.contains("hidden-"), "{}", file.text);
    assert_eq!(page(&plane, "/audit", &plane.admin_of("viewer").await).await.status, 403);
}

#[tokio::test]
async fn pages_of_the_log_follow_each_other_without_a_gap() {
    let plane = configured().await;
    for _ in 0..60 {
        plane.token_of("ana").await;
    }
    let first = page(&plane, "/audit", &plane.admin).await;
    let next = first.text.split("rel=\"next\"").next().unwrap().rsplit("href=\"").next().unwrap();
    let next = next.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
    let second = page(&plane, &next, &plane.admin).await;
    let numbers = |answer: &Answer| -> Vec<u64> {
        let notes = answer.text.split("<div class=\"row-note\">").skip(1);
        notes.filter_map(|it| it.split('<').next()?.strip_prefix('#')?.parse().ok()).collect()
    };
    let (one, two) = (numbers(&first), numbers(&second));
    assert_eq!((one.len(), one.last().map(|it| it - 1)), (50, two.first().copied()), "{next}: {two:?}");
    assert_eq!(two.last(), Some(&1));
}

#[tokio::test]
async fn who_looked_is_for_those_who_see_that() {
    let plane = configured().await;
    page(&plane, "/projects", &plane.admin).await;
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    let auditor = plane.admin_of("auditor").await;
    let seen = page(&plane, "/audit?tab=requests", &auditor).await;
    assert!(seen.status == 200 && seen.text.contains("GET /projects"), "{}", seen.text);
    let found = page(&plane, "/audit?tab=requests&q=%2Fprojects&failed=true", &auditor).await;
    assert!(!found.text.contains("GET /projects"), "{}", found.text);
    let listed = plane.send("GET", "/api/v1/admin-requests?route=/projects&limit=1", Some(&auditor), None).await.json();
    assert_eq!(listed["admin_requests"][0]["route"], "/projects");
    let before = listed["admin_requests"][0]["at_ms"].as_i64().unwrap();
    let path = format!("/api/v1/admin-requests?route=/projects&before={before}");
    assert_eq!(plane.send("GET", &path, Some(&auditor), None).await.json()["admin_requests"], json!([]));
    let file = page(&plane, "/audit/export?tab=requests&format=json", &auditor).await;
    assert!(file.text.contains("\"route\":\"/projects\""), "{}", file.text);
}

#[tokio::test]
async fn a_team_lead_is_given_one_project_and_it_is_taken_back() {
    let plane = configured().await;
    let project = page(&plane, "/projects/search", &plane.admin).await;
    assert!(project.text.contains("/admins/tokens/new?project=search"), "{}", project.text);
    let form = page(&plane, "/admins/tokens/new?project=search", &plane.admin).await;
    assert!(form.text.contains("value=\"project-admin\" selected"), "{}", form.text);
    for (form, field) in [
        ("name=&role=viewer&projects=search", "name-error"),
        ("name=kept&role=&projects=search", "role-error"),
        ("name=kept&role=viewer&projects=nowhere", "projects-error"),
        ("name=kept&role=viewer&projects=search&expires_in=soon", "expires_in-error"),
    ] {
        let answer = sent(&plane, "/admins/tokens/new", &plane.admin, form).await;
        assert!(answer.status == 422 && answer.text.contains(field), "{form}: {} {}", answer.status, answer.text);
    }
    let made =
        sent(&plane, "/admins/tokens/new", &plane.admin, "name=lead&role=project-admin&projects=search&expires_in=30d")
            .await;
    assert_eq!(made.status, 200, "{}", made.text);
    let secret =
        format!("sra_{}", made.text.split("sra_").nth(1).unwrap().split(['<', '"', '\'', '\n']).next().unwrap());
    assert_eq!(page(&plane, "/callers/ana/edit", &secret).await.status, 200);
    assert_eq!(page(&plane, "/callers/ben", &secret).await.status, 404);
    let list = page(&plane, "/admins", &plane.admin).await;
    assert!(list.text.contains("project-admin (search)") && !list.text.contains(&secret), "{}", list.text);
    assert!(page(&plane, "/projects/search", &plane.admin).await.text.contains("lead"));
    let own = page(&plane, "/admins", &secret).await;
    assert!(
        own.status == 200 && own.text.contains("Your sessions") && !own.text.contains("Admin tokens"),
        "{}",
        own.text
    );
    assert_eq!(page(&plane, "/admins/tokens/new", &secret).await.status, 403);

    let local = plane.admin_in("admin", "search").await;
    let more = sent(&plane, "/admins/tokens/new", &local, "name=x&role=viewer&projects=billing&expires_in=30d").await;
    assert!(matches!(more.status, 403 | 422), "{}", more.text);
    let none = sent(&plane, "/admins/tokens/new", &local, "name=x&role=viewer&expires_in=30d").await;
    assert!(none.status == 422 && none.text.contains("projects-error"), "{}", none.text);
    let id = secret.split('_').nth(1).unwrap();
    let path = format!("/admins/tokens/{id}/revoke");
    assert_eq!(sent(&plane, &path, &plane.admin, "typed=no").await.status, 422);
    assert_eq!(sent(&plane, &path, &plane.admin, "typed=lead").await.status, 303);
    assert_ne!(page(&plane, "/projects", &secret).await.status, 200);
}

#[tokio::test]
async fn a_rule_of_a_provider_gives_a_project_and_is_removed_by_its_value() {
    let plane = configured().await;
    let none = page(&plane, "/admins", &plane.admin).await;
    assert!(none.text.contains("No OpenID provider"), "{}", none.text);
    let oidc = "oidc: [{id: corp, name: Example Corp, issuer: 'https://id.example.com', client_id: x}]\n";
    assert_eq!(plane.apply(&format!("{DOCUMENT}{oidc}")).await.status, 200);
    let form = page(&plane, "/admins/rules/new?project=search", &plane.admin).await;
    assert!(form.status == 200 && form.text.contains("Example Corp"), "{}", form.text);
    let opened = version(&form);
    let typed =
        format!("version={opened}&provider=corp&claim=groups&value=search-leads&role=project-admin&projects=search");
    let wrong = sent(&plane, "/admins/rules/new", &plane.admin, &typed.replace("value=search-leads", "value=")).await;
    assert!(wrong.status == 422 && wrong.text.contains("value-error"), "{}", wrong.text);
    let look = sent(&plane, "/admins/rules/new", &plane.admin, &typed).await;
    assert!(look.status == 200 && look.text.contains("search-leads"), "{}", look.text);
    let made = sent(&plane, "/admins/rules/new", &plane.admin, &format!("{typed}&step=apply")).await;
    assert_eq!(made.status, 303, "{}", made.text);
    let rules = &document(&plane).await["oidc"][0]["roles"];
    assert_eq!(
        rules,
        &json!([{"claim": "groups", "value": "search-leads", "role": "project-admin", "projects": ["search"]}])
    );
    let list = page(&plane, "/admins", &plane.admin).await;
    assert!(
        list.text.contains("groups is search-leads") && list.text.contains("/admins/rules/corp/0/remove"),
        "{}",
        list.text
    );
    assert!(page(&plane, "/projects/search", &plane.admin).await.text.contains("rule of Example Corp"));
    let asked = page(&plane, "/admins/rules/corp/0/remove", &plane.admin).await;
    let typed = format!("version={}&typed=search-leads", version(&asked));
    assert_eq!(sent(&plane, "/admins/rules/corp/0/remove", &plane.admin, &typed).await.status, 303);
    assert!(document(&plane).await["oidc"][0].get("roles").is_none());
    let operator = plane.admin_of("operator").await;
    assert_eq!(page(&plane, "/admins/rules/new", &operator).await.status, 403);
}

#[tokio::test]
async fn who_may_use_what_is_told_with_its_reasons() {
    let plane = configured().await;
    plane.token_of("ana").await;
    let matrix = page(&plane, "/access?caller=ana&group=fast", &plane.admin).await;
    assert_eq!(matrix.status, 200, "{}", matrix.text);
    for text in
        ["ana may use fast, and means it by auto.", "Its allow list names fast.", "1 of 1 targets of fast are active."]
    {
        assert!(matrix.text.contains(text), "{text} in {}", matrix.text);
    }
    let no = page(&plane, "/access?caller=ana&group=smart", &plane.admin).await;
    assert!(no.text.contains("ana may not use smart.") && no.text.contains("/callers/ana/edit"), "{}", no.text);
    let blocked = page(&plane, "/access?caller=free&group=smart", &plane.admin).await;
    assert!(
        blocked.text.contains("free may use smart, but cannot now.")
            && blocked.text.contains("/tokens/new?caller=free"),
        "{}",
        blocked.text
    );
    let lead = plane.admin_in("project-admin", "search").await;
    for path in ["/access", "/access?caller=ben&group=theirs", "/access/export?format=csv"] {
        let seen = page(&plane, path, &lead).await;
        assert_eq!(seen.status, 200, "{path}: {}", seen.text);
        let asked = ["caller=ben", "group=theirs", "--caller ben", "--group theirs"];
        let own = asked.iter().fold(seen.text.clone(), |text, it| text.replace(it, ""));
        assert!(own.contains("ana") && !own.contains("ben") && !own.contains("theirs"), "{path}: {}", seen.text);
    }
    let found = page(&plane, "/access/export?format=ndjson&verdict=default", &plane.admin).await;
    assert!(found.text.contains("\"caller\":\"ana\"") && !found.text.contains("\"caller\":\"free\""), "{}", found.text);
}

#[tokio::test]
async fn a_draft_of_somebody_with_one_project_is_of_that_project() {
    let plane = configured().await;
    let lead = plane.admin_in("project-admin", "search").await;
    let send = async |method: &str, path: &str, body: Option<Value>| {
        plane.send_with(method, path, Some(&lead), "if-match: *\r\n", body).await
    };
    let operations = json!([{"op": "replace", "path": "/callers/0/allow", "value": ["fast", "smart"]}]);
    let made = send("POST", "/api/v1/drafts", Some(json!({"title": "more", "operations": operations}))).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert!(!made.text.contains("hidden-") && !made.text.contains("theirs"), "{}", made.text);
    let path = format!("/api/v1/drafts/{}", made.json()["draft"]["id"].as_str().unwrap());
    let preview = send("GET", &format!("{path}/preview"), None).await.json();
    assert_eq!(
        (preview["errors"].as_array().unwrap().len(), preview["changes"].as_array().unwrap().len()),
        (0, 1),
        "{preview}"
    );
    assert_eq!(preview["effects"]["callers"][0]["gains"], json!(["smart"]));
    let applied = send("POST", &format!("{path}/apply"), Some(json!({}))).await;
    assert_eq!(applied.status, 200, "{}", applied.text);
    let now = document(&plane).await;
    assert_eq!(
        (&now["callers"][0]["allow"], &now["callers"][1]["user"]),
        (&json!(["fast", "smart"]), &json!("hidden-user"))
    );

    let outside = json!([{"op": "add", "path": "/callers/-", "value": {"id": "new", "project": "billing"}}]);
    let made = send("POST", "/api/v1/drafts", Some(json!({"operations": outside}))).await;
    let path = format!("/api/v1/drafts/{}", made.json()["draft"]["id"].as_str().unwrap());
    let preview = send("GET", &format!("{path}/preview"), None).await.json();
    assert!(!preview["errors"].as_array().unwrap().is_empty(), "{preview}");
    assert!(matches!(send("POST", &format!("{path}/apply"), Some(json!({}))).await.status, 403 | 422));
}
