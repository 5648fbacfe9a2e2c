//! What everybody meets: failures as pages, and what stands around them.

use crate::{
    browser::{Browser, MINUTE},
    plane::{Answer, Plane},
};

const HTML: &str = "accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8\r\n";
const FORM: &str = "content-type: application/x-www-form-urlencoded\r\n";

/// Somebody whom nobody knows; `headers`: each with its end.
async fn stranger(plane: &Plane, method: &str, path: &str, headers: &str, body: &str) -> Answer {
    let port = plane.running.http.port();
    let length = body.len();
    let head = format!("{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n{headers}");
    plane.raw(&format!("{head}content-length: {length}\r\n\r\n{body}")).await
}

/// Looks whether it is a page as all are.
fn assert_page(answer: &Answer, status: u16, title: &str) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8", "{}", answer.text);
    assert!(answer.headers["content-security-policy"].contains("default-src 'none'"));
    assert!(answer.text.contains(title), "{title} in {}", answer.text);
    assert!(answer.text.contains(&answer.headers["x-request-id"]), "the id that the log has");
}

#[tokio::test]
async fn failures_are_pages_for_people_and_problems_for_programs() {
    let plane = Plane::configured().await;
    let browser = Browser::of_age(&plane, 0, 0).await;
    let unknown = browser.get("/tokens/none").await;
    assert_page(&unknown, 404, "There is nothing here");
    assert!(unknown.text.contains("href=\"/tokens\">Tokens</a>"), "a way out: {}", unknown.text);
    assert_page(&browser.get("/requests?since=never").await, 400, "This cannot be done like that");
    assert_page(&browser.send("GET", "/no/such/path", HTML, "").await, 404, "There is nothing here");
    assert!(browser.send("GET", "/no/such/path", HTML, "").await.text.contains("nav-entry"), "known, and shown around");
    assert!(!stranger(&plane, "GET", "/no/such/path", HTML, "").await.text.contains("nav-entry"));
    let formless = browser.send("GET", "/logout", HTML, "").await;
    assert_page(&formless, 405, "This is no page");
    assert_eq!(formless.headers["allow"], "POST");
    for (method, path, headers) in
        [("GET", "/no/such/path", ""), ("GET", "/api/v1/none", HTML), ("DELETE", "/tokens", ""), ("PUT", "/livez", "")]
    {
        let answer = stranger(&plane, method, path, headers, "").await;
        assert!(matches!(answer.code().as_str(), "not-found" | "method-not-allowed"), "{method} {path}");
    }
    let viewer = plane.admin_of("viewer").await;
    let refused = stranger(&plane, "GET", "/tokens/new", &format!("authorization: Bearer {viewer}\r\n"), "").await;
    assert_page(&refused, 403, "This is not yours to see");
}

#[tokio::test]
async fn whoever_is_not_logged_in_comes_back_to_where_they_were() {
    let plane = Plane::configured().await;
    let led = stranger(&plane, "GET", "/tokens?state=active", HTML, "").await;
    assert_eq!((led.status, led.headers["location"].as_str()), (303, "/login?return_to=%2Ftokens%3Fstate%3Dactive"));
    let older = Browser::of_age(&plane, 11 * MINUTE, 0).await;
    let origin = format!("http://127.0.0.1:{}", plane.running.http.port());
    let referer = format!("referer: {origin}/tokens/new?caller=ana\r\n");
    let again = older.send("POST", "/tokens", &format!("{FORM}{referer}"), &older.with_csrf("caller=ana")).await;
    let login = "/login?return_to=%2Ftokens%2Fnew%3Fcaller%3Dana&again=true";
    assert_eq!((again.status, again.headers["location"].as_str()), (303, login));
    let long = older.with_csrf(&format!("caller=ana&name={}", "x".repeat(90)));
    let kept = older.send("POST", "/tokens", &format!("{FORM}{referer}"), &long).await;
    assert_page(&kept, 403, "Prove that it is you");
    assert!(kept.text.contains(&"x".repeat(90)) && kept.text.contains(&login.replace('&', "&#38;")), "{}", kept.text);
    let polled = stranger(&plane, "GET", "/tokens", "hx-request: true\r\n", "").await;
    assert_eq!((polled.status, polled.headers["hx-refresh"].as_str(), polled.text.as_str()), (401, "true", ""));
}

#[tokio::test]
async fn what_was_written_is_not_lost_and_what_is_secret_not_shown() {
    let plane = Plane::configured().await;
    let browser = Browser::of_age(&plane, 0, 0).await;
    let secret = plane.token_of("ana").await["token"].as_str().unwrap().to_owned();
    let written = format!(
        "csrf=old&name=a+name%0Aof+%3Cscript%3E&credential=sk-planted&api_key=sk-planted&typed=typed-word&comment={secret}"
    );
    let forged = browser.send("POST", "/tokens", FORM, &written).await;
    assert_page(&forged, 403, "This form cannot be used any more");
    assert!(forged.text.contains("What you had written") && forged.text.contains("a name\nof &#60;script&#62;"));
    for hidden in ["sk-planted", "typed-word", secret.as_str(), "<script>"] {
        assert!(!forged.text.contains(hidden), "{hidden} in {}", forged.text);
    }
    let foreign = browser.send("POST", "/tokens", &format!("{FORM}sec-fetch-site: cross-site\r\n"), &written).await;
    assert_page(&foreign, 403, "This form cannot be used any more");
    assert!(!foreign.text.contains("What you had written"), "another site's words: {}", foreign.text);
    let cut = browser.send("POST", "/tokens", FORM, &"x".repeat(1024 * 1024 + 1)).await;
    assert_page(&cut, 413, "This cannot be done like that");
}

#[tokio::test]
async fn a_page_without_the_database_says_so_and_keeps_what_was_written() {
    let plane = Plane::configured().await;
    let browser = Browser::of_age(&plane, 0, 0).await;
    assert_eq!(browser.get("/tokens").await.status, 200);
    plane.running.control().store.close().await;
    let away = browser.get("/tokens?state=active").await;
    assert_page(&away, 503, "The database is away");
    assert!(away.text.contains("href=\"/tokens?state=active\">Try again"), "{}", away.text);
    let sent = browser.form("/tokens", &format!("caller=ana&name={}", "long+".repeat(20))).await;
    assert_page(&sent, 503, "The database is away");
    assert!(sent.text.contains("long long long"), "{}", sent.text);
    let polled = browser.send("GET", "/tokens", "hx-request: true\r\n", "").await;
    assert_eq!((polled.status, polled.headers["hx-reswap"].as_str()), (503, "none"), "what is shown stays");
    assert_eq!(plane.get("/api/v1/tokens").await.code(), "store-unavailable");
}

#[tokio::test]
async fn who_asks_too_often_is_told_when_to_come_back() {
    let plane = Plane::configured().await;
    let guess = "authorization: Bearer sra_AAAAAAAAAAAA_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n";
    for _ in 0..100 {
        stranger(&plane, "GET", "/overview", guess, "").await;
    }
    let refused = stranger(&plane, "GET", "/overview", HTML, "").await;
    assert_page(&refused, 429, "Too many requests");
    assert_eq!(refused.headers["retry-after"], "60");
}

#[tokio::test]
async fn what_a_page_sends_along_is_never_twice_the_same_and_always_taken() {
    let plane = Plane::configured().await;
    let browser = Browser::of_age(&plane, 0, 0).await;
    let token = async || {
        let page = browser.get("/tokens/new").await.text;
        page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    let (one, other) = (token().await, token().await);
    assert_ne!(one, other);
    for csrf in [&one, &other] {
        let made = browser.send("POST", "/tokens", FORM, &format!("csrf={csrf}&caller=ana&name=laptop")).await;
        assert_eq!(made.status, 200, "{}", made.text);
    }
    let half = &one[..43];
    assert_eq!(browser.send("POST", "/tokens", FORM, &format!("csrf={half}&caller=ana")).await.status, 403);
}

#[tokio::test]
async fn the_login_runs_no_script_and_looks_as_the_reader_wants() {
    let plane = Plane::configured().await;
    let dark = "cookie: smart_router_theme=dark\r\n";
    for (path, status, says) in [
        ("/login?return_to=/tokens", 200, "Log in with this token"),
        ("/login/link?secret=x", 403, "This link opens nothing"),
        ("/login/logged-out", 200, "Logged out"),
        ("/login/oidc/none", 404, "No such provider"),
    ] {
        let answer = stranger(&plane, "GET", path, dark, "").await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
        assert!(
            answer.text.contains(says) && answer.text.contains("data-bs-theme=\"dark\""),
            "{path}: {}",
            answer.text
        );
        assert!(!answer.text.contains("<script") && !answer.headers["content-security-policy"].contains("script-src"));
        assert!(answer.headers["content-security-policy"].starts_with("default-src 'none'"));
        assert_eq!(answer.headers["referrer-policy"], "no-referrer", "{path}");
        assert_eq!(answer.headers["x-frame-options"], "DENY", "{path}");
    }
}

#[tokio::test]
async fn the_documentation_is_found_by_its_words() {
    let plane = Plane::configured().await;
    let browser = Browser::of_age(&plane, 0, 0).await;
    let (known, unknown) =
        (browser.get("/docs/operations").await, stranger(&plane, "GET", "/docs/operations.md", "", "").await);
    for answer in [&known, &unknown] {
        assert_eq!(answer.status, 200);
        assert!(answer.text.contains("<h1 id=\"operations\">") && answer.text.contains("On this page"));
        assert!(answer.headers["content-security-policy"].starts_with("default-src 'none'"));
    }
    assert!(known.text.contains("href=\"/overview\"") && !unknown.text.contains("href=\"/overview\""));
    assert!(!unknown.text.contains("<script"));
    let found = browser.get("/docs?q=Idempotency-Key").await;
    assert!(found.text.contains("<mark>") && found.text.contains("/docs/reference/admin-api.md#"), "{}", found.text);
    let places = found.text.matches("data-row-link").count();
    assert!((1..=30).contains(&places), "{places}");
    for (query, says) in [("%3Cscript%3Ealert(1)%3C/script%3E", "Nothing is found"), ("++", "<h1>Documentation</h1>")] {
        let answer = browser.get(&format!("/docs?q={query}")).await;
        assert!(answer.status == 200 && answer.text.contains(says), "{query}: {}", answer.text);
        assert!(!answer.text.contains("<script>"), "{}", answer.text);
    }
    let long = browser.get(&format!("/docs?q={}", "a+".repeat(20_000))).await;
    assert!(long.status == 200 || long.status == 431, "{}", long.status);
    let missing = browser.get("/docs/none").await;
    assert_page(&missing, 404, "There is nothing here");
    assert!(missing.text.contains("href=\"/docs\">Documentation</a>"), "{}", missing.text);
}
