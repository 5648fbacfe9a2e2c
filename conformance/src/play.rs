use std::time::Duration;

use reqwest::Client;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use crate::judge::{Answer, Expected, Verdict, judge};
use crate::recording::{Recording, Request};

/// Where to play, and as whom.
pub struct Deployment {
    /// `https://router.example.com`, without `/v1`.
    pub base_url: String,
    /// A caller's token.
    pub token: String,
    /// The `model` of every request.
    pub model: String,
    /// The longest that an answer may take.
    pub timeout: Duration,
}

/// A recording that was played.
pub struct Played {
    /// Which one.
    pub recording: Recording,
    /// What became of it.
    pub verdict: Verdict,
}

/// Headers that belong to the recorded connection, and the keys of that time.
const NOT_SENT: [&str; 12] = [
    "accept-encoding",
    "api-key",
    "authorization",
    "connection",
    "content-length",
    "host",
    "sec-websocket-extensions",
    "sec-websocket-key",
    "sec-websocket-version",
    "transfer-encoding",
    "upgrade",
    "x-api-key",
];

/// Plays one recording. The error is a deployment that cannot be reached.
pub async fn play(client: &Client, deployment: &Deployment, recording: Recording) -> Result<Played, reqwest::Error> {
    let request = recording.request();
    let expected = expected(&request);
    let mut answer = send(client, deployment, request, expected).await?;
    if keeps_no_threads(&answer) {
        // As the client does: the whole conversation, without one.
        let mut request = recording.request();
        if let Some(body) = request.body.as_object_mut() {
            body.remove("thread");
        }
        answer = send(client, deployment, request, expected).await?;
    }
    Ok(Played { recording, verdict: judge(recording.dialect(), expected, &answer) })
}

/// The vendor's word for that.
fn keeps_no_threads(answer: &Answer) -> bool {
    let error: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    answer.status == 400 && error["error"]["details"]["error_code"] == "thread_unsupported_request"
}

fn expected(request: &Request) -> Expected {
    match (request.method.as_str(), request.path.as_str()) {
        ("HEAD", _) => Expected::Status(200),
        ("GET", "/v1/responses") => Expected::Status(426),
        ("GET", _) => Expected::Models,
        (_, path) if path.ends_with("_tokens") => Expected::Count,
        (_, path) if path.ends_with("/compact") => Expected::Compaction,
        _ => Expected::Words { stream: request.body["stream"] == true },
    }
}

async fn send(
    client: &Client,
    deployment: &Deployment,
    mut request: Request,
    expected: Expected,
) -> Result<Answer, reqwest::Error> {
    let mut url = format!("{}{}", deployment.base_url.trim_end_matches('/'), request.path);
    if !request.query.is_empty() {
        url = format!("{url}?{}", request.query.trim_start_matches('?'));
    }
    let method = request.method.parse().unwrap_or_default();
    let mut sent = client.request(method, url).headers(headers(&request, deployment)).timeout(deployment.timeout);
    if expected == Expected::Status(426) {
        sent = sent.header("connection", "upgrade").header("upgrade", "websocket");
    }
    if request.method == "POST" {
        request.body["model"] = Value::from(deployment.model.as_str());
        sent = sent.body(request.body.to_string());
    }
    let response = sent.send().await?;
    let status = response.status().as_u16();
    let content_type =
        response.headers().get("content-type").and_then(|it| it.to_str().ok()).unwrap_or_default().to_owned();
    // A body that breaks off is judged by what has arrived of it.
    let body = read(response).await;
    Ok(Answer { status, content_type, body })
}

async fn read(mut response: reqwest::Response) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
    }
    body
}

fn headers(request: &Request, deployment: &Deployment) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        let name = name.to_ascii_lowercase();
        if NOT_SENT.contains(&name.as_str()) {
            continue;
        }
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.append(name, value);
        }
    }
    if let Ok(mut value) = HeaderValue::try_from(format!("Bearer {}", deployment.token)) {
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recordings;

    #[test]
    fn neither_old_keys_nor_the_old_connection_are_sent() {
        let deployment = Deployment {
            base_url: String::new(),
            token: "sr_new".to_owned(),
            model: "auto".to_owned(),
            timeout: Duration::from_secs(1),
        };
        for recording in recordings() {
            let headers = headers(&recording.request(), &deployment);
            assert_eq!(headers[AUTHORIZATION], "Bearer sr_new");
            assert!(NOT_SENT.iter().filter(|it| **it != "authorization").all(|it| !headers.contains_key(*it)));
        }
    }

    #[test]
    fn each_kind_of_request_has_its_own_expectation() {
        let of = |case: &str| recordings().iter().find(|it| it.case == case).map(|it| expected(&it.request()));
        assert_eq!(of("greeting"), Some(Expected::Status(200)));
        assert_eq!(of("web socket probe"), Some(Expected::Status(426)));
        assert_eq!(of("model discovery"), Some(Expected::Models));
        assert_eq!(of("token count"), Some(Expected::Count));
        assert_eq!(of("Responses, compaction"), Some(Expected::Compaction));
        assert_eq!(of("first turn"), Some(Expected::Words { stream: true }));
        assert_eq!(of("Chat, tools"), Some(Expected::Words { stream: false }));
    }
}
