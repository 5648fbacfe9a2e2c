//! What the upstream answers reaches the caller byte for byte, but for `model`.

use std::net::SocketAddr;

use tempfile::TempDir;

use crate::support::cluster::{ControlPlane, Router};
use crate::support::{client, configuration, eventually, stub};

/// Odd on purpose: carriage returns, comments, unknown events and fields, spaces, `model` inside a text, no final newline.
const STREAM: &str = ": hello\r\n\r\nevent: odd\r\ndata:{\"id\":\"c1\",\"object\":\"chat.completion.chunk\", \"model\" : \"upstream-model\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}],\"x_unknown\":[1, 2]}\r\n\r\ndata: {\"id\":\"c1\",\"model\":\"upstream-model\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"say \\\"model\\\":\\\"upstream-model\\\" \u{e4}\u{1f600}\"}}]}\n\ndata: {\"id\":\"c1\",\"model\":\"upstream-model\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: {\"id\":\"c1\",\"model\":\"upstream-model\",\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n";
const WHOLE: &str = "{ \"id\":\"c1\",\r\n \"x_unknown\":{\"model\":\"upstream-model\"}, \"model\" :\"upstream-model\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"\\u00e4 \\\"model\\\":\\\"upstream-model\\\"\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}  \n";
const REFUSAL: &str = "{\"error\" : {\"message\":\"max_tokens is too large\",\"type\":\"invalid_request_error\",\"param\":\"max_tokens\",\"code\":null, \"x\":[1]}}\n";

async fn ask(upstream: SocketAddr, stream: bool) -> (u16, reqwest::header::HeaderMap, Vec<u8>) {
    let directory = TempDir::new().unwrap();
    let database = format!("sqlite://{}/cp.db", directory.path().display());
    let control_plane = ControlPlane::start(directory.path().join("control-plane"), database).await;
    control_plane.apply(&configuration::with_behaviours(upstream, &[("fast", "upstream-model")], &[]));
    let token = control_plane.token("tester");
    let router = Router::join(directory.path().join("router"), &control_plane).await;
    eventually("the token works", || async {
        client().get(router.url("/v1/models")).bearer_auth(&token).send().await.unwrap().status() == 200
    })
    .await;
    let body = format!(
        "{{\"model\":\"fast\",\"messages\":[],\"stream\":{stream},\"stream_options\":{{\"include_usage\":true}}}}"
    );
    let request = client().post(router.url("/v1/chat/completions")).header("content-type", "application/json");
    let response = request.bearer_auth(&token).body(body).send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    (status, headers, response.bytes().await.unwrap().to_vec())
}

fn assert_text(got: &[u8], expected: &str) {
    assert_eq!(String::from_utf8_lossy(got), expected);
}

#[tokio::test]
async fn a_streams_bytes_are_not_framed_anew_wherever_they_are_cut() {
    let expected = STREAM.replace("\"upstream-model\",\"", "\"fast\",\"");
    for size in [1, 7, 64, 100_000] {
        let pieces = STREAM.as_bytes().chunks(size).map(<[u8]>::to_vec).collect();
        let upstream = stub::start("text/event-stream", 200, pieces).await;
        let (status, _, body) = ask(upstream, true).await;
        assert_eq!(status, 200);
        assert_text(&body, &expected);
    }
}

#[tokio::test]
async fn a_whole_answer_keeps_every_byte_and_no_header_with_an_accounts_data_passes() {
    let upstream = stub::start("application/json", 200, vec![WHOLE.as_bytes().to_vec()]).await;
    let (status, headers, body) = ask(upstream, false).await;
    assert_eq!(status, 200);
    assert_text(&body, &WHOLE.replace("\"model\" :\"upstream-model\"", "\"model\" :\"fast\""));
    assert!(headers.contains_key("x-request-id"));
    assert!(!headers.contains_key("set-cookie") && !headers.contains_key("openai-organization"), "{headers:?}");
}

#[tokio::test]
async fn an_upstreams_refusal_of_the_request_passes_byte_for_byte() {
    let upstream = stub::start("application/json", 400, vec![REFUSAL.as_bytes().to_vec()]).await;
    for stream in [false, true] {
        let (status, headers, body) = ask(upstream, stream).await;
        assert_eq!(status, 400);
        assert_text(&body, REFUSAL);
        assert!(!headers.contains_key("x-router-error-code"));
    }
}
