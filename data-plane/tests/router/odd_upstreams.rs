//! Upstreams that do not keep to what was asked of them.

use std::time::Duration;

use crate::support::{CHAT, Catalog, MESSAGES, RESPONSES, Scripted, Stack, Step, chat, messages, responses};

const ANSWER: &str =
    r#"{"model":"m","choices":[{"message":{"content":"hi"}}],"usage":{"prompt_tokens":7,"completion_tokens":2}}"#;

fn answer(head: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{head}content-length: {}\r\n\r\n{ANSWER}",
        ANSWER.len()
    )
}

/// One request to an upstream that plays the script and then holds its connection open.
async fn ask(script: String, request: &str) -> (crate::support::Reply, proto::v1::UsageEvent) {
    let upstream = Scripted::start(vec![Step::Send(script), Step::WaitForClose]).await;
    let stack = Stack::start(Catalog::new(upstream.address).model("m").timeouts(400, 400)).await;
    let reply = stack.post(CHAT, request.to_owned()).await;
    assert_eq!(upstream.requests().len(), 1, "an upstream may have seen it, so it is not sent again");
    (reply, stack.events(1).await.remove(0))
}

#[tokio::test]
async fn lines_of_a_stream_may_end_with_a_carriage_return_alone() {
    let begins = r#"data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"hi"}}]}"#;
    let ends = r#"data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
    let events = format!("{begins}\r\r{ends}\r\rdata: [DONE]\r\r");
    for (provider, path, body) in [
        ("openai", CHAT, chat(r#","stream":true"#)),
        ("chat", RESPONSES, responses(r#","stream":true"#)),
        ("chat", MESSAGES, messages(r#","stream":true"#)),
    ] {
        for cut in [0, begins.len() + 1, begins.len() + 2, events.len() - 1] {
            let (start, end) = events.split_at(cut);
            let pause = Step::Wait(Duration::from_millis(30));
            let steps = vec![Step::Send(start.to_owned()), pause, Step::Send(end.to_owned())];
            let upstream = Scripted::streaming(steps).await;
            let stack = Stack::start(Catalog::new(upstream.address).model_of(provider, "m")).await;
            let reply = stack.post(path, body.clone()).await;
            assert_eq!(reply.status, 200, "{path} {cut}: {}", reply.text());
            assert!(reply.text().contains("hi"), "{path} {cut}: {}", reply.text());
            assert_eq!(stack.events(1).await[0].code, "ok", "{path} {cut}");
        }
    }
}

#[tokio::test]
async fn answers_that_no_client_could_read_are_failures() {
    let sse = "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\ndata: [DONE]\n\n";
    let length = |body: &str| format!("content-length: {}\r\n\r\n{body}", body.len());
    let stream = r#","stream":true"#;
    let cases = [
        ("no content", "", "HTTP/1.1 204 No Content\r\n\r\n".to_owned(), "invalid-response"),
        ("no content for a stream", stream, "HTTP/1.1 204 No Content\r\n\r\n".to_owned(), "invalid-response"),
        ("reset content", "", answer("").replace("200 OK", "205 Reset Content"), "invalid-response"),
        ("a part", "", answer("").replace("200 OK", "206 Partial Content"), "invalid-response"),
        (
            "an end mark alone",
            stream,
            format!("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n{}", length("data: [DONE]\n\n")),
            "invalid-response",
        ),
        ("an empty body", "", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_owned(), "invalid-response"),
        ("events for a whole answer", "", format!("HTTP/1.1 200 OK\r\n{}", length(sse)), "invalid-response"),
        ("a whole answer for a stream", stream, answer(""), "network"),
        (
            "encoded bytes",
            "",
            format!("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n{}", length("\x1f\x08x")),
            "invalid-response",
        ),
        ("an empty object", "", format!("HTTP/1.1 200 OK\r\n{}", length("{}")), "invalid-response"),
        ("no choices", "", format!("HTTP/1.1 200 OK\r\n{}", length(r#"{"choices":[]}"#)), "invalid-response"),
        ("two lengths", "", format!("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n{}", length("{}")), "invalid-response"),
        ("no HTTP", "", "SSH-2.0-OpenSSH_9.6\r\n\r\n".to_owned(), "invalid-response"),
        (
            "another protocol",
            "",
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n".to_owned(),
            "server-error",
        ),
        ("a head that never ends", "", format!("HTTP/1.1 200 OK\r\nx: {}", "a".repeat(1 << 20)), "invalid-response"),
        ("a broken chunk", "", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n{}".to_owned(), "network"),
    ];
    for (what, more, script, class) in cases {
        let (reply, event) = ask(script, &chat(more)).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (502, "upstream-failed"), "{what}: {}", reply.text());
        assert_eq!(event.attempts[0].class, class, "{what}: {}", event.attempts[0].detail);
        assert_eq!(event.cost.unwrap().total, 0, "{what}");
    }
}

#[tokio::test]
async fn an_answer_with_nothing_in_it_is_fallen_back_from_in_every_dialect() {
    for (path, body, own) in
        [(CHAT, chat(""), "chat"), (RESPONSES, responses(""), "responses"), (MESSAGES, messages(""), "messages")]
    {
        let empty = Scripted::answering("200 OK", "content-type: application/json\r\n", "{}").await;
        for dialect in ["chat", "responses", "messages"] {
            let stack = Stack::start(Catalog::new(empty.address).model_of(dialect, "m")).await;
            let reply = stack.post(path, body.clone()).await;
            assert_eq!((reply.status.as_u16(), reply.code()), (502, "upstream-failed"), "{own} of {dialect}");
            let event = stack.events(1).await.remove(0);
            assert_eq!(event.attempts[0].class, "invalid-response", "{own} of {dialect}");
        }
    }
}

#[tokio::test]
async fn an_answer_of_no_words_is_one_where_it_says_why() {
    const NOTHING: [(&str, &str); 3] = [
        (CHAT, r#"{"model":"m","choices":[]}"#),
        (
            RESPONSES,
            r#"{"id":"r","model":"m","status":"completed","output":[],"usage":{"input_tokens":1,"output_tokens":0}}"#,
        ),
        (
            MESSAGES,
            r#"{"id":"m","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"usage":{"input_tokens":1,"output_tokens":0}}"#,
        ),
    ];
    const LEGAL: [(&str, &str); 4] = [
        (
            CHAT,
            r#"{"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":""},"finish_reason":"stop"}]}"#,
        ),
        (
            RESPONSES,
            r#"{"id":"r","model":"m","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[]}"#,
        ),
        (
            RESPONSES,
            r#"{"id":"r","model":"m","status":"completed","output":[],"usage":{"input_tokens":1,"output_tokens":5}}"#,
        ),
        (
            MESSAGES,
            r#"{"id":"m","type":"message","role":"assistant","model":"m","content":[],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":2}}"#,
        ),
    ];
    let stream = |path: &str, body: &str| {
        match path {
        CHAT => "data: [DONE]\n\n".to_owned(),
        RESPONSES => format!("data: {{\"type\":\"response.completed\",\"response\":{body}}}\n\n"),
        _ => "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"output_tokens\":0}}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n".to_owned(),
    }
    };
    let asked = |path: &str, more: &str| match path {
        CHAT => chat(more),
        RESPONSES => responses(more),
        _ => messages(more),
    };
    let json = "content-type: application/json\r\n";
    for (path, body) in NOTHING {
        let whole = Scripted::answering("200 OK", json, body).await;
        let events = Scripted::answering("200 OK", "content-type: text/event-stream\r\n", &stream(path, body)).await;
        for (upstream, more) in [(whole, ""), (events, r#","stream":true"#)] {
            let stack = Stack::start(Catalog::new(upstream.address).model("m").model("n")).await;
            let reply = stack.post(path, asked(path, more)).await;
            assert_eq!(
                (reply.status.as_u16(), reply.code()),
                (502, "upstream-failed"),
                "{path}{more}: {}",
                reply.text()
            );
            assert_eq!(upstream.requests().len(), 2, "{path}{more}: the next target is asked");
            assert_eq!(stack.events(1).await[0].attempts[0].class, "invalid-response");
        }
    }
    for (path, body) in LEGAL {
        let upstream = Scripted::answering("200 OK", json, body).await;
        let stack = Stack::start(Catalog::new(upstream.address).model("m").model("n")).await;
        let reply = stack.post(path, asked(path, "")).await;
        assert_eq!((reply.status.as_u16(), upstream.requests().len()), (200, 1), "{body}: {}", reply.text());
    }
    // A turn that ends at once.
    for (path, text) in [
        (CHAT, "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"),
        (
            MESSAGES,
            "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
        ),
        (RESPONSES, "data: {\"type\":\"response.incomplete\",\"response\":{\"output\":[]}}\n\n"),
    ] {
        let upstream = Scripted::answering("200 OK", "content-type: text/event-stream\r\n", text).await;
        let stack = Stack::start(Catalog::new(upstream.address).model("m").model("n")).await;
        let reply = stack.post(path, asked(path, r#","stream":true"#)).await;
        assert_eq!((reply.status.as_u16(), upstream.requests().len()), (200, 1), "{path}: {}", reply.text());
    }
}

#[tokio::test]
async fn what_http_allows_around_an_answer_does_no_harm() {
    let chunked = format!(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x\r\n\r\n{:x};ext=1\r\n{ANSWER}\r\n0\r\nx: 1\r\n\r\n",
        ANSWER.len()
    );
    let both =
        format!("content-type: application/json\r\ncontent-length: 1\r\n{}", &chunked["HTTP/1.1 200 OK\r\n".len()..]);
    let cases = [
        (
            "interim answers",
            format!("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n{}", answer("")),
        ),
        ("trailers", chunked),
        ("chunks and a length", format!("HTTP/1.1 200 OK\r\n{both}")),
        (
            "cookies and hops",
            answer("set-cookie: a=b\r\nkeep-alive: timeout=5\r\nopenai-organization: acme\r\nx-request-id: theirs\r\n"),
        ),
    ];
    for (what, script) in cases {
        let (reply, event) = ask(script, &chat("")).await;
        assert_eq!((reply.status.as_u16(), reply.text()), (200, ANSWER.replace("\"m\"", "\"team\"")), "{what}");
        assert_eq!(reply.header("content-length"), reply.body.len().to_string(), "{what}");
        for gone in ["set-cookie", "keep-alive", "openai-organization", "trailer", "transfer-encoding"] {
            assert!(!reply.headers.contains_key(gone), "{what}: {gone}");
        }
        assert!(reply.header("x-request-id").starts_with("req_"), "{what}");
        assert_eq!(event.tokens.unwrap().input, 7, "{what}");
    }
}

#[tokio::test]
async fn an_answer_to_nobody_reaches_nobody() {
    let forged =
        answer("").replace("hi", "forged").replace(&format!("{}", ANSWER.len()), &format!("{}", ANSWER.len() + 4));
    let upstream = Scripted::start(vec![Step::Send(answer("") + &forged), Step::WaitForClose]).await;
    let stack = Stack::start(Catalog::new(upstream.address).model("m")).await;
    for _ in 0..3 {
        assert!(stack.post(CHAT, chat("")).await.text().contains("hi"));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(upstream.requests().len(), 3, "no connection with something left to read is used again");
}

#[tokio::test]
async fn an_answer_that_comes_before_the_request_is_whole_is_passed_on() {
    let early = "HTTP/1.1 413 Payload Too Large\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
    let upstream = Scripted::impatient(early).await;
    let stack = Stack::start(Catalog::new(upstream.address).model("m").timeouts(2000, 2000)).await;
    let large = chat("").replace("hello", &"x".repeat(8 * 1024 * 1024));
    for _ in 0..2 {
        let reply = stack.post(CHAT, large.clone()).await;
        assert_eq!((reply.status.as_u16(), reply.text().as_str()), (413, "{}"));
    }
    assert_eq!(upstream.requests().len(), 2, "the connection was in the middle of a request");
}

/// As llama.cpp's server does: it announces to keep the connection, and closes it after every streamed answer.
#[tokio::test]
async fn a_connection_that_closes_right_after_a_stream_is_not_used_again() {
    let events = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nkeep-alive: timeout=5, max=100\r\ntransfer-encoding: chunked\r\n\r\n";
    let answer = format!("{head}{:x}\r\n{events}\r\n0\r\n\r\n", events.len());
    let upstream = Scripted::start(vec![Step::Send(answer)]).await;
    let stack = Stack::start(Catalog::new(upstream.address).model("m")).await;
    for _ in 0..30 {
        let reply = stack.post(CHAT, chat(r#","stream":true"#)).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
}
