//! A caller's own page: opened with the caller's token, and by nothing else; it shows what is the caller's, and opens nothing else.

use control_plane::{
    clock::now_ms,
    http::{Access, RouteKind, listed},
    login::BrowserSecret,
    store::caller_session::{self, StoredCallerSession},
};
use control_plane_core::permission::Role;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{
    browser::{Browser, MINUTE},
    observe_pages::{event, failed, report},
    plane::{Answer, Plane},
};

const DOCUMENT: &str = "\
version: 1
providers:
  openai:
    base_url: https://api.openai.com/v1
    dialects: [openai-chat]
    models:
      mini:
        model: gpt-5-mini
        state: active
        context_tokens: 400000
        max_output_tokens: 128000
        modalities: {input: [text, image]}
        prices: [{input: 0.25, output: 2}]
      dear: {model: gpt-5, state: active, context_tokens: 200000, prices: [{input: 1.25, output: 10}]}
projects: {search: {}, billing: {}}
groups:
  fast:
    contract: {purpose: Short answers}
    reveal: {target: true, cost: true}
    targets: [{model: openai/mini}, {model: openai/dear}]
  quiet: {aliases: [hush], targets: [{model: openai/dear}]}
  hidden-group: {targets: [{model: openai/mini}]}
callers:
  - {id: ana, allow: [fast, quiet], default_group: fast, project: search, limits: {rpm: 600, tpm: 200000}}
  - {id: ben, allow: [hidden-group], project: billing}
";

/// A browser in which a caller is logged in.
struct Mine<'a> {
    plane: &'a Plane,
    cookie: BrowserSecret,
}

impl<'a> Mine<'a> {
    /// With a token, so long ago, and used so long ago.
    async fn of_age(plane: &'a Plane, token: &Value, created: i64, used: i64) -> Self {
        let (cookie, now) = (BrowserSecret::mint(), now_ms());
        let text = token["token"].as_str().unwrap();
        let session = StoredCallerSession {
            id: cookie.expose()[..12].to_owned(),
            digest: cookie.digest(),
            token: token["id"].as_str().unwrap().to_owned(),
            token_digest: Sha256::digest(text).into(),
            user_agent: String::new(),
            created_ms: now - created,
            last_used_ms: now - used,
        };
        let mut tx = plane.running.control().store.write().await.unwrap();
        caller_session::insert(&mut tx, &session).await.unwrap();
        tx.commit().await.unwrap();
        Self { plane, cookie }
    }

    async fn with(&self, name: &str, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let (port, cookie) = (self.plane.running.http.port(), self.cookie.expose());
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\ncookie: smart-router-{name}-{port}={cookie}\r\n\
             origin: http://127.0.0.1:{port}\r\n{headers}content-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.plane.raw(&request).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.with("caller", "GET", path, "", "").await
    }

    /// A form that the caller's pages have sent.
    async fn form(&self, path: &str, csrf: &str) -> Answer {
        let headers = "content-type: application/x-www-form-urlencoded\r\n";
        self.with("caller", "POST", path, headers, &format!("csrf={csrf}")).await
    }
}

/// Three requests of ana, one of them failed and one of another group, and two of ben.
async fn used() -> Plane {
    let plane = Plane::start().await;
    let applied = plane.apply(DOCUMENT).await;
    assert_eq!(applied.status, 200, "{}", applied.text);
    let mut quiet = event(2, "ana", 4, 2);
    (quiet.group, quiet.requested_model) = ("quiet".into(), "hush".into());
    let events = vec![
        event(1, "ana", 5, 1),
        quiet,
        failed(event(3, "ana", 3, 0)),
        event(4, "ben", 3, 40),
        event(5, "ben", 2, 2),
    ];
    report(&plane, 1, events).await;
    plane
}

fn id(number: u64) -> String {
    format!("req_{number:032x}")
}

/// What somebody sends who is on the login page.
async fn log_in(plane: &Plane, token: &str, return_to: &str) -> Answer {
    let port = plane.running.http.port();
    let page = plane.raw(&format!("GET /login HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n\r\n")).await;
    let cookie = page.headers["set-cookie"].split(';').next().unwrap().to_owned();
    let csrf = page.text.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let form = format!("csrf={csrf}&token={token}&return_to={return_to}");
    plane
        .raw(&format!(
            "POST /login/token HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\ncookie: {cookie}\r\n\
             origin: http://127.0.0.1:{port}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
            form.len()
        ))
        .await
}

fn leads_to_the_login(answer: &Answer) -> bool {
    answer.status == 303 && answer.headers["location"].starts_with("/login")
}

#[tokio::test]
async fn a_callers_token_opens_the_callers_page_and_goes_no_further() {
    let plane = used().await;
    let token = plane.token_of("ana").await["token"].as_str().unwrap().to_owned();
    for (wanted, led) in
        [("", "/me"), ("/requests", "/me"), ("/me?since=30d", "/me?since=30d"), ("/menu", "/me"), ("//evil", "/me")]
    {
        let answer = log_in(&plane, &token, &wanted.replace('?', "%3F")).await;
        assert_eq!((answer.status, answer.headers["location"].as_str()), (303, led), "{wanted}");
        let cookie = &answer.headers["set-cookie"];
        assert!(cookie.starts_with("smart-router-caller-") || cookie.starts_with("smart-router-login-"), "{cookie}");
    }
    let unknown = log_in(&plane, &format!("{token}x"), "").await;
    assert!(unknown.status == 403 && unknown.text.contains("This token is unknown"), "{}", unknown.text);
    let audit = plane.get("/api/v1/audit").await.text;
    assert!(audit.contains("caller-session.login") && audit.contains("caller/ana"), "{audit}");
    assert!(!audit.contains(&token));
}

#[tokio::test]
async fn the_page_shows_what_is_the_callers_and_nothing_of_others() {
    let plane = used().await;
    let (ana, ben) = (plane.token_of("ana").await, plane.token_of("ben").await);
    let (ana, ben) = (Mine::of_age(&plane, &ana, 0, 0).await, Mine::of_age(&plane, &ben, 0, 0).await);
    for asked in ["/me", "/me?since=1h", "/me?filter=caller%3Dben", "/me?caller=ben&compare=true&since=30d"] {
        let page = ana.get(asked).await;
        assert_eq!(page.status, 200, "{asked}: {}", page.text);
        for part in
            ["My usage", "$3.00", "ana", "Short answers", "Requests a minute", "600", "400k", "Spend by model group"]
        {
            assert!(page.text.contains(part), "{part} of {asked} in {}", page.text);
        }
        // The form of the theme leads back to what was asked for.
        let said = page.text.replace("caller%3Dben", "").replace("caller=ben", "");
        for foreign in ["ben", "hidden-group", "billing", "$42.00", "$40.00", &id(4), &id(5)] {
            assert!(!said.contains(foreign), "{foreign} in {asked}");
        }
    }
    let page = ana.get("/me").await.text;
    // What the group fast reveals, and quiet does not.
    assert!(page.contains("openai/mini") && page.contains("$0.25") && page.contains("$1.25"), "{page}");
    assert!(page.contains("not told"));
    assert!(page.contains("Your first request arrived") && page.contains("503"), "{page}");
    assert!(
        page.contains("action=\"/me/logout\"")
            && !page.contains("href=\"/admins\"")
            && !page.contains("href=\"/requests")
    );
    let other = ben.get("/me").await.text;
    assert!(other.contains("$42.00") && other.contains("hidden-group") && !other.contains("ana"), "{other}");
    let one = ana.get(&format!("/me/requests/{}", id(2))).await;
    assert!(one.status == 200 && one.text.contains("hush") && !one.text.contains("openai/"), "{}", one.text);
    let told = ana.get(&format!("/me/requests/{}", id(1))).await;
    assert!(told.text.contains("openai/mini") && told.text.contains("$1.00"), "{}", told.text);
    let failure = ana.get(&format!("/me/requests/{}", id(3))).await;
    assert!(
        failure.text.contains("upstream-capacity-throttled") && !failure.text.contains("rate-limit"),
        "{}",
        failure.text
    );
    for (mine, foreign) in [(&ana, 4), (&ana, 5), (&ana, 9), (&ben, 1)] {
        let answer = mine.get(&format!("/me/requests/{}", id(foreign))).await;
        assert_eq!(answer.status, 404, "{}", answer.text);
        assert!(
            answer.text.contains("There is nothing here") && answer.text.contains("href=\"/me\""),
            "{}",
            answer.text
        );
    }
}

#[tokio::test]
async fn the_file_has_the_callers_requests_alone() {
    let plane = used().await;
    let ana = Mine::of_age(&plane, &plane.token_of("ana").await, 0, 0).await;
    let csv = ana.get("/me/export?format=csv&since=1h&filter=caller%3Dben").await;
    assert_eq!(csv.headers["content-disposition"], "attachment; filename=\"my-requests.csv\"");
    assert!([1, 2, 3].iter().all(|it| csv.text.contains(&id(*it))), "{}", csv.text);
    assert!(!csv.text.contains(&id(4)) && !csv.text.contains("ben"), "{}", csv.text);
    let lines = ana.get("/me/export?format=ndjson&since=1h").await.text;
    let quiet = lines.lines().find(|it| it.contains(&id(2))).unwrap();
    let quiet: Value = serde_json::from_str(quiet).unwrap();
    assert!(quiet["cost_usd"].is_null() && quiet["model"].is_null() && quiet["group"] == "quiet", "{quiet}");
    assert_eq!(ana.get("/me/export?format=xml").await.status, 400);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_callers_session_opens_no_other_route_and_administrators_open_none_of_the_callers() {
    let plane = used().await;
    let mine = Mine::of_age(&plane, &plane.token_of("ana").await, 0, 0).await;
    let person = Browser::of_age(&plane, 0, 0).await;
    let mut admins = Vec::new();
    for role in Role::ALL {
        admins.push(plane.admin_of(role.as_str()).await);
    }
    let (mut own, mut others) = (0, 0);
    for route in listed() {
        let (method, name) = (route.method.as_str(), route.path);
        let path = name.replace("{id}", &id(1)).replace("{*page}", "none").replace(['{', '}'], "");
        let kind = if route.kind == RouteKind::Page { "application/x-www-form-urlencoded" } else { "application/json" };
        let headers = format!("content-type: {kind}\r\n");
        match route.access {
            Access::Public => {}
            Access::Caller => {
                own += 1;
                // A form without what the session's pages know is refused, which is no matter of who asks.
                let answer = mine.with("caller", method, &path, &headers, "").await;
                let expected = if method == "GET" { 200 } else { 403 };
                assert_eq!(answer.status, expected, "{method} {name}: {}", answer.text);
                for admin in &admins {
                    let authorization = format!("authorization: Bearer {admin}\r\nhost: x\r\n");
                    let head = format!(
                        "{method} {path} HTTP/1.1\r\nconnection: close\r\n{authorization}content-length: 0\r\n\r\n"
                    );
                    let answer = plane.raw(&head).await;
                    assert!(leads_to_the_login(&answer), "{method} {name}: {} {}", answer.status, answer.text);
                }
                let answer = person.send(method, &path, &headers, "").await;
                assert!(
                    leads_to_the_login(&answer),
                    "{method} {name} with an administrator's cookie: {}",
                    answer.status
                );
            }
            _ => {
                others += 1;
                // Neither as it is, nor under the name that administrators' cookies have.
                for cookie in ["caller", "session"] {
                    let answer = mine.with(cookie, method, &path, &headers, "").await;
                    let refused = answer.status == 401 || leads_to_the_login(&answer);
                    assert!(refused, "{method} {name} with the cookie {cookie}: {} {}", answer.status, answer.text);
                }
            }
        }
    }
    assert!(own >= 5 && others > 150, "{own} {others}");
}

#[tokio::test]
async fn a_session_ends_with_its_token_its_caller_and_its_time() {
    let plane = used().await;
    let status = async |mine: &Mine<'_>| mine.get("/me").await.status;
    let token = plane.token_of("ana").await;
    for (created, idle, expected) in [
        (59 * MINUTE, 59 * MINUTE, 200),
        (61 * MINUTE, 60 * MINUTE, 303),
        (719 * MINUTE, 0, 200),
        (720 * MINUTE, 0, 303),
    ] {
        assert_eq!(status(&Mine::of_age(&plane, &token, created, idle).await).await, expected, "{created} {idle}");
    }
    let mine = Mine::of_age(&plane, &token, 0, 0).await;
    let act = async |act: &str| {
        let path = format!("/api/v1/tokens/{}/{act}", token["id"].as_str().unwrap());
        assert_eq!(plane.post(&path, serde_json::json!({})).await.status, 200, "{act}");
    };
    act("suspend").await;
    assert_eq!(status(&mine).await, 303);
    act("resume").await;
    assert_eq!(status(&mine).await, 200);
    let disabled = DOCUMENT.replace("{id: ana,", "{id: ana, disabled: true,");
    assert_eq!(plane.apply(&disabled).await.status, 200);
    assert_eq!(status(&mine).await, 303, "a caller that may not call");
    let removed: Vec<&str> = DOCUMENT.lines().filter(|it| !it.contains("id: ana")).collect();
    let removed = removed.join("\n");
    assert_eq!(plane.apply(&removed).await.status, 200);
    assert_eq!(status(&mine).await, 303, "a caller that is gone");
    assert_eq!(plane.apply(DOCUMENT).await.status, 200);
    assert_eq!(status(&mine).await, 200);
    act("revoke").await;
    assert_eq!(status(&mine).await, 303);
    let brief = plane.post("/api/v1/tokens", serde_json::json!({"caller": "ana", "expires_in": "1s"})).await.json();
    let mine = Mine::of_age(&plane, &brief, 0, 0).await;
    assert_eq!(status(&mine).await, 200);
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    assert_eq!(status(&mine).await, 303, "an expired token");
}

#[tokio::test]
async fn a_logout_takes_what_the_page_knows_and_ends_the_session() {
    let plane = used().await;
    let mine = Mine::of_age(&plane, &plane.token_of("ana").await, 0, 0).await;
    let page = mine.get("/me").await.text;
    let csrf = page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(mine.form("/me/logout", "none").await.status, 403);
    assert_eq!(mine.get("/me").await.status, 200);
    let out = mine.form("/me/logout", csrf).await;
    assert!(out.status == 200 && out.text.contains("Logged out"), "{}", out.text);
    assert!(out.headers["set-cookie"].contains("Max-Age=0"), "{}", out.headers["set-cookie"]);
    assert!(leads_to_the_login(&mine.get("/me").await));
    assert!(plane.get("/api/v1/audit").await.text.contains("caller-session.logout"));
}

#[tokio::test]
async fn the_first_request_is_waited_for_until_it_has_come() {
    let plane = Plane::start().await;
    assert_eq!(plane.apply(DOCUMENT).await.status, 200);
    let mine = Mine::of_age(&plane, &plane.token_of("ana").await, 0, 0).await;
    for path in ["/me", "/me/first"] {
        let waiting = mine.get(path).await.text;
        assert!(
            waiting.contains("Waiting for the first request") && waiting.contains("hx-get=\"/me/first\""),
            "{waiting}"
        );
    }
    report(&plane, 1, vec![event(7, "ben", 1, 1)]).await;
    assert!(mine.get("/me/first").await.text.contains("Waiting"), "another's is none");
    report(&plane, 2, vec![event(8, "ana", 1, 1)]).await;
    let come = mine.get("/me/first").await.text;
    assert!(come.contains("Your first request arrived") && come.contains(&format!("/me/requests/{}", id(8))), "{come}");
    assert!(!come.contains("hx-get"), "{come}");
}

#[tokio::test]
async fn a_fresh_installation_leads_to_its_first_request() {
    let plane = Plane::start().await;
    assert_eq!(plane.apply(DOCUMENT).await.status, 200);
    let token = plane.token_of("ana").await;
    let of_token = format!("/tokens/{}", token["id"].as_str().unwrap());
    let page = async |path: &str| {
        let authorization = format!("authorization: Bearer {}", plane.admin);
        plane.raw(&format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{authorization}\r\n\r\n")).await.text
    };
    for (path, part) in [("/overview", "/overview/first"), (&of_token, &format!("{of_token}/first"))] {
        let waiting = page(path).await;
        assert!(waiting.contains("Waiting for the first request"), "{waiting}");
        assert!(waiting.contains(&format!("hx-get=\"{part}\"")), "{waiting}");
        assert!(page(part).await.contains("Waiting"));
    }
    let mut first = event(1, "ana", 5, 1);
    first.token = token["id"].as_str().unwrap().into();
    report(&plane, 1, vec![first, event(2, "ben", 1, 1)]).await;
    for path in ["/overview", "/overview/first", &of_token, &format!("{of_token}/first")] {
        let come = page(path).await;
        assert!(
            come.contains("Your first request arrived") && come.contains(&format!("/requests/{}", id(1))),
            "{come}"
        );
        assert!(!come.contains("Waiting"), "{come}");
    }
    // It is no news for long.
    let older = Plane::start().await;
    assert_eq!(older.apply(DOCUMENT).await.status, 200);
    report(&older, 1, vec![event(1, "ana", 90, 1), event(2, "ana", 1, 1)]).await;
    let authorization = format!("authorization: Bearer {}", older.admin);
    let head = format!("GET /overview HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{authorization}\r\n\r\n");
    assert!(!older.raw(&head).await.text.contains("first request"), "an hour and a half ago");
}
