//! What the router answers itself.

use std::time::Duration;

use http::Method;
use http_body_util::BodyExt as _;
use proto::Word;
use vocabulary::{Scope, TargetState, TokenState};

use crate::support::{CHAT, Catalog, Stack, chat, messages, responses, token};

#[tokio::test]
async fn models_are_the_callers_groups_in_both_shapes() {
    let stack = Stack::sandboxed(|it| it.model("demo")).await;
    let list = stack.get("/v1/models").await.json();
    assert_eq!((list["object"].as_str(), list["data"][0]["id"].as_str()), (Some("list"), Some("team")));
    assert_eq!(stack.get("/v1/models/default").await.json()["id"], "default");
    let missing = stack.get("/v1/models/other").await;
    assert_eq!((missing.status.as_u16(), missing.code()), (404, "model-not-found"));
    let version = [("anthropic-version", "2023-06-01")];
    let page = stack.send(Method::GET, "/v1/models?limit=1000", &version, "").await.json();
    assert_eq!((page["data"][0]["type"].as_str(), page["has_more"].as_bool()), (Some("model"), Some(false)));
    assert_eq!((page["first_id"].as_str(), page["last_id"].as_str()), (Some("team"), Some("team")));
    let missing = stack.send(Method::GET, "/v1/models/other", &version, "").await;
    assert_eq!(missing.json()["type"], "error");
    assert!(!missing.header("request-id").is_empty());
    assert_eq!(stack.send(Method::GET, "/v1/models", &[("authorization", "")], "").await.code(), "unauthorized");
}

#[tokio::test]
async fn usage_tells_the_caller_its_own_figures() {
    let stack = Stack::sandboxed(|it| it.model("demo").with(|it| it.caller.requests_per_minute = Some(60))).await;
    stack.post(CHAT, chat("")).await;
    let usage = stack.get("/v1/usage").await.json();
    assert_eq!(usage["caller"], "ana");
    assert_eq!(usage["limits"]["requests_per_minute"]["limit"], 60);
    assert!(usage["limits"]["concurrency"].is_null());
    assert_eq!(usage["used"]["requests"], 1);
    assert!(usage["used"]["cost_nanousd"].as_u64().unwrap() > 0);
}

#[tokio::test]
async fn the_scope_report_opens_the_usage_of_ones_own_project() {
    let stack = Stack::sandboxed(|it| it.model("demo").with(|it| it.caller.scopes.push(Scope::Report.number()))).await;
    stack.post(CHAT, chat("")).await;
    let usage = stack.get("/v1/usage?project=search").await.json();
    assert_eq!(
        (usage["object"].as_str(), usage["project"].as_str()),
        (Some("project.usage"), Some("search")),
        "{usage}"
    );
    assert_eq!((usage["owner"].as_str(), usage["used"]["requests"].as_u64()), (Some("platform"), Some(1)), "{usage}");
    assert_eq!((usage["callers"][0]["caller"].as_str(), usage["callers"].as_array().unwrap().len()), (Some("ana"), 1));
    assert_eq!(usage["callers"][0]["used"]["cost_nanousd"], usage["used"]["cost_nanousd"]);
    for other in ["billing", "searc", "search2"] {
        let refused = stack.get(&format!("/v1/usage?project={other}")).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (403, "scope-forbidden"), "{other}");
    }
    let plain = Stack::sandboxed(|it| it.model("demo")).await;
    assert_eq!(plain.get("/v1/usage?project=search").await.code(), "scope-forbidden");
    assert_eq!(plain.get("/v1/usage").await.status, 200);
}

#[tokio::test]
async fn metrics_are_for_their_scope_alone() {
    let stack = Stack::sandboxed(|it| it.model("demo")).await;
    assert_eq!(
        (stack.get("/metrics").await.status.as_u16(), stack.get("/metrics").await.code()),
        (403, "metrics-forbidden")
    );
    let nobody = stack.send(Method::GET, "/metrics", &[("authorization", "")], "").await;
    assert_eq!(nobody.code(), "metrics-forbidden");
    let stack = Stack::sandboxed(|it| {
        it.model("demo:fail=500").model("demo").with(|it| it.caller.scopes.push(Scope::Metrics.number()))
    })
    .await;
    stack.post(CHAT, chat("")).await;
    stack.post(CHAT, "{").await;
    assert!(!stack.get("/metrics").await.text().contains("time_per_output_token_seconds_count"), "no stream yet");
    stack.post(CHAT, chat(r#","stream":true"#)).await;
    assert!(stack.get("/metrics").await.text().contains("time_per_output_token_seconds_count"));
    let text = stack.get("/metrics").await.text();
    for line in [
        "smart_router_requests_total{code=\"ok\",dialect=\"openai-chat\",group=\"team\"} 2",
        "smart_router_requests_total{code=\"invalid-request\",dialect=\"openai-chat\",group=\"\"} 1",
        "smart_router_upstream_attempts_total{class=\"server-error\",provider=\"openai\",target=\"openai/0\"} 2",
        "smart_router_upstream_attempts_total{class=\"ok\",provider=\"openai\",target=\"openai/1\"} 2",
        "smart_router_fallbacks_total{group=\"team\"} 2",
        "smart_router_limit_decisions_total{decision=\"admit\",limit=\"none\"} 2",
        "smart_router_config_version 1",
        "smart_router_ready 1",
        "smart_router_build_info{built=\"unknown\",commit=\"unknown\",component=\"data-plane\",version=",
        "smart_router_control_plane_connected 1",
        "smart_router_control_plane_link{state=\"connected\"} 1",
        "smart_router_target_available{provider=\"openai\",target=\"openai/1\"} 1",
        "smart_router_target_failure_ratio{provider=\"openai\",target=\"openai/0\"} 1",
        "smart_router_target_failure_ratio{provider=\"openai\",target=\"openai/1\"} 0",
        "smart_router_cost_usd_total{group=\"team\",provider=\"openai\",target=\"openai/1\"} 0.0",
        "smart_router_access_log_dropped_lines_total 0",
        "process_cpu_seconds_total ",
        "process_resident_memory_bytes ",
        "process_open_fds ",
        "process_start_time_seconds ",
        "smart_router_config_rejected_total 0",
        "smart_router_requests_in_flight 0",
        "smart_router_overhead_seconds_count 2",
        "gen_ai_server_request_duration_seconds_count{gen_ai_operation_name=\"chat\",gen_ai_provider_name=\"openai\",gen_ai_request_model=\"team\",gen_ai_response_model=\"openai/1\"} 2",
    ] {
        assert!(text.contains(line), "{line} is missing in\n{text}");
    }
    assert!(text.contains("smart_router_usage_unsent_events") && text.contains("gen_ai_client_token_usage_bucket"));
    assert!(!text.contains("ana"), "no caller is named");
}

#[tokio::test]
async fn explain_says_what_would_happen_and_sends_nothing() {
    let catalog = |it: Catalog| {
        it.model("demo").model_of("messages", "demo").with(|it| {
            it.targets[1].state = TargetState::Retired.number();
            it.caller.scopes.push(Scope::Explain.number());
        })
    };
    let stack = Stack::sandboxed(catalog).await;
    let wrapped = format!("{{\"operation\":\"chat-completions\",\"request\":{}}}", chat(""));
    for (path, body) in [
        ("/v1/route/explain", wrapped),
        ("/v1/route/explain?operation=chat-completions", chat("")),
        ("/v1/route/explain", chat("")),
    ] {
        let told = stack.post(path, body).await.json();
        assert_eq!((told["group"].as_str(), told["policy"].as_str()), (Some("team"), Some("failover")), "{told}");
        assert_eq!(told["order"], serde_json::json!(["openai/0"]));
        assert_eq!(told["candidates"][0]["rank"], 1);
        assert!(told["candidates"][0]["estimated_cost_nanousd"].as_u64().unwrap() > 0);
        let state = serde_json::json!({"code": "state", "message": "the target is not active: its state is `retired`"});
        assert_eq!(told["candidates"][1]["reasons"], serde_json::json!([state]));
        let dialects = [0, 1].map(|it| told["candidates"][it]["dialect"].clone());
        assert_eq!(dialects, ["openai-chat", "anthropic-messages"]);
        assert!(told["candidates"][1]["rank"].is_null(), "{told}");
        assert_eq!(told["request"]["estimated_output_tokens"], 1000, "{told}");
        assert!(told["notes"][0].as_str().unwrap().contains("1000 tokens"), "{told}");
    }
    let capped = stack.post("/v1/route/explain", chat(r#","max_tokens":500"#)).await.json();
    assert_eq!(
        (capped["request"]["estimated_output_tokens"].as_u64(), capped["notes"].as_array().unwrap().len()),
        (Some(500), 0)
    );
    let counted = stack.post("/v1/route/explain?operation=count-tokens", messages("")).await.json();
    assert_eq!((counted["order"][0].as_str(), counted["candidates"][0]["rank"].as_u64()), (Some("openai/0"), Some(1)));
    assert_eq!(counted["candidates"][0]["estimated_cost_nanousd"], 0, "{counted}");
    assert!(stack.received().await.is_empty());
    assert_eq!(stack.get("/v1/usage").await.json()["used"]["requests"], 0);
    let plain = Stack::sandboxed(|it| it.model("demo")).await;
    assert_eq!(plain.post("/v1/route/explain", chat("")).await.code(), "scope-forbidden");
}

#[tokio::test]
async fn explain_counts_output_and_never_more_than_a_target_writes() {
    let catalog = |it: Catalog| {
        it.model("demo").model("demo").with(|it| {
            it.targets[1].max_output_tokens = 2_000;
            it.caller.scopes.push(Scope::Explain.number());
        })
    };
    let stack = Stack::sandboxed(catalog).await;
    let cost = async |more: &str| {
        let told = stack.post("/v1/route/explain", chat(more)).await.json();
        [0, 1].map(|it| told["candidates"][it]["estimated_cost_nanousd"].as_u64())
    };
    let [uncapped, _] = cost("").await;
    assert!(uncapped.unwrap() > 1_000 * 4_000, "a thousand tokens of output are reckoned with: {uncapped:?}");
    let [small, _] = cost(r#","max_tokens":10"#).await;
    assert!(small < uncapped);
    let [beyond, _] = cost(r#","max_tokens":18446744073709551615"#).await;
    assert_eq!(beyond, None, "what no number holds is not told as the largest one");
}

#[tokio::test]
async fn explain_tells_the_odds_of_a_draw_and_who_is_tried() {
    let catalog = |it: Catalog| {
        it.model("demo").model("demo").model("demo").with(|it| {
            it.group.policy = vocabulary::PolicyKind::Weighted.number();
            it.group.targets[0].weight = 3;
            it.group.targets[2].weight = 0;
            it.group.max_attempts = 2;
            it.caller.scopes.push(Scope::Explain.number());
        })
    };
    let stack = Stack::sandboxed(catalog).await;
    let told = stack.post("/v1/route/explain", chat("")).await.json();
    let odds = [0, 1, 2].map(|it| told["candidates"][it]["odds"].as_f64());
    assert_eq!(odds, [Some(0.75), Some(0.25), Some(0.0)], "{told}");
    assert_eq!(told["order"].as_array().unwrap().len(), 2, "the group tries two: {told}");
    assert!(told["candidates"][2]["rank"].is_null(), "{told}");
    let forbidden = [("x-router-no-fallback", "1")];
    let told = stack.send(Method::POST, "/v1/route/explain", &forbidden, chat("")).await.json();
    assert_eq!(told["order"].as_array().unwrap().len(), 1, "{told}");
    let ranked = told["candidates"].as_array().unwrap().iter().filter(|it| !it["rank"].is_null()).count();
    assert_eq!(ranked, 1, "{told}");
    assert!(told["notes"].to_string().contains("at most 1"), "{told}");
}

#[tokio::test]
async fn explain_tells_where_a_compaction_is_a_summary() {
    for (provider, warnings, notes) in [("chat", &["approximated:compaction"] as &[_], 0), ("responses", &[], 1)] {
        let catalog =
            |it: Catalog| it.model_of(provider, "demo").with(|it| it.caller.scopes.push(Scope::Explain.number()));
        let stack = Stack::sandboxed(catalog).await;
        let body = responses(r#","max_output_tokens":100"#);
        let told = stack.post("/v1/route/explain?operation=compact", body).await.json();
        assert_eq!(told["candidates"][0]["warnings"], serde_json::json!(warnings), "{told}");
        assert_eq!(told["notes"].as_array().unwrap().len(), notes, "{told}");
    }
}

#[tokio::test]
async fn explain_tells_how_targets_have_done_lately() {
    let catalog =
        |it: Catalog| it.model("demo:fail=500").model("demo").with(|it| it.caller.scopes.push(Scope::Explain.number()));
    let stack = Stack::sandboxed(catalog).await;
    let lately = async || {
        let told = stack.post("/v1/route/explain", chat("")).await.json();
        [0, 1].map(|it| told["candidates"][it]["lately"].clone())
    };
    let nothing = serde_json::json!({"attempts": 0.0, "failures": 0.0, "first_byte_ms": null});
    assert_eq!(lately().await, [nothing.clone(), nothing]);
    assert_eq!(stack.post(CHAT, chat("")).await.status, 200);
    let [failed, served] = lately().await;
    assert!(failed["failures"].as_f64().unwrap() > 0.5 && failed["first_byte_ms"].is_null(), "{failed}");
    assert!(served["attempts"].as_f64().unwrap() > 0.5 && served["first_byte_ms"].is_u64(), "{served}");
    assert_eq!(served["failures"], 0.0, "{served}");
}

#[tokio::test]
async fn a_target_that_callers_leave_is_seen_to_be_slow() {
    let catalog = |it: Catalog| it.model("demo:fail=hang").with(|it| it.caller.scopes.push(Scope::Explain.number()));
    let stack = Stack::sandboxed(catalog).await;
    let waiting = stack.open(CHAT, &[], chat(r#","stream":true"#)).await;
    tokio::time::sleep(Duration::from_millis(1200)).await;
    drop(waiting);
    assert_eq!(stack.events(1).await[0].code, "client-closed");
    let told = stack.post("/v1/route/explain", chat("")).await.json();
    let lately = &told["candidates"][0]["lately"];
    assert!(lately["attempts"].as_f64().unwrap() > 0.5 && lately["failures"] == 0.0, "{told}");
    assert!(lately["first_byte_ms"].as_u64().unwrap() >= 1000, "{told}");
}

#[tokio::test]
async fn a_token_that_may_only_ask_is_told_that_it_may_not_call() {
    let explains = |it: Catalog| it.model("demo").with(|it| it.caller.scopes = vec![Scope::Explain.number()]);
    let stack = Stack::sandboxed(explains).await;
    let told = stack.post("/v1/route/explain", chat("")).await.json();
    assert_eq!(
        (&told["refusal"]["code"], &told["order"][0]),
        (&"scope-forbidden".into(), &"openai/0".into()),
        "{told}"
    );
    assert!(told["refusal"]["message"].as_str().unwrap().contains("`inference`"), "{told}");
    assert_eq!(stack.post(CHAT, chat("")).await.code(), "scope-forbidden");
}

#[tokio::test]
async fn paths_and_methods_answer_as_clients_expect() {
    let stack = Stack::sandboxed(|it| it.model("demo")).await;
    for path in ["/", "/api/hello", "/anthropic", "/anthropic/", "/anthropic/api/hello"] {
        assert_eq!(stack.send(Method::HEAD, path, &[("authorization", "")], "").await.status, 200, "{path}");
    }
    let socket = stack
        .send(
            Method::GET,
            "/v1/responses",
            &[("upgrade", "websocket"), ("connection", "Upgrade"), ("authorization", "")],
            "",
        )
        .await;
    assert_eq!((socket.status.as_u16(), socket.header("upgrade")), (426, "HTTP/1.1"));
    let stored = [
        (Method::GET, "/v1/responses/resp_1"),
        (Method::DELETE, "/v1/responses/resp_1"),
        (Method::GET, "/v1/responses/resp_1/input_items"),
    ];
    for (method, path) in stored {
        assert_eq!(stack.send(method.clone(), path, &[], "").await.code(), "response-store-disabled");
        let other = stack.send(method, path, &[("anthropic-version", "2023-06-01")], "").await;
        assert_eq!(other.json()["error"]["code"], "response-store-disabled", "the path tells the dialect");
    }
    for path in ["/v2/x", "/v1", "/V1/models"] {
        assert_eq!(stack.post(path, "{}").await.code(), "not-found", "{path}");
    }
    for path in ["/v1/responses/compact", "/v1/responses/input_tokens"] {
        assert_eq!(stack.get(path).await.header("allow"), "POST", "{path}");
        assert_eq!(stack.post(path, "{}").await.code(), "missing-model", "{path}");
    }
    assert_eq!(stack.get("/v1/models/%74eam").await.json()["id"], "team");
    let wrong = stack.get(CHAT).await;
    assert_eq!((wrong.status.as_u16(), wrong.code(), wrong.header("allow")), (405, "method-not-allowed", "POST"));
    assert_eq!(stack.post("/v1/models", "{}").await.header("allow"), "GET, HEAD");
    assert_eq!(stack.get("/version").await.json()["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(stack.send(Method::GET, "/v1/messages/x", &[], "").await.json()["type"], "error");
}

#[tokio::test]
async fn tokens_are_told_apart() {
    let catalog = |it: Catalog| {
        it.model("demo")
            .token("bbbbbbbbbbbb", TokenState::Suspended)
            .token("cccccccccccc", TokenState::Revoked)
            .token("dddddddddddd", TokenState::Active)
    };
    let stack = Stack::sandboxed(catalog).await;
    let code = async |headers: &[(&str, &str)]| {
        let reply = stack.send(Method::POST, CHAT, headers, chat("")).await;
        (reply.status.as_u16(), reply.code().to_owned())
    };
    let bearer = |id: &str| format!("Bearer {}", token(id));
    let (own, other) = (token("abcdefghijkl"), token("dddddddddddd"));
    let wrong = token("abcdefghijkl").replace("sss", "ttt");
    let cases = [
        (vec![("authorization", "")], 401, "unauthorized"),
        (vec![("authorization", "Bearer")], 401, "unauthorized"),
        (vec![("authorization", "Basic abc")], 401, "unauthorized"),
        (vec![("authorization", "Bearer sk-other")], 401, "unauthorized"),
        (vec![("authorization", ""), ("x-api-key", &wrong)], 401, "unauthorized"),
        (vec![("authorization", ""), ("x-api-key", &own)], 200, ""),
        (vec![("authorization", ""), ("api-key", &own)], 200, ""),
        (vec![("x-api-key", &own)], 200, ""),
        (vec![("x-api-key", "sk-ant-something-else")], 400, "invalid-request"),
        (vec![("x-api-key", &other)], 400, "invalid-request"),
    ];
    for (headers, status, expected) in cases {
        assert_eq!(code(&headers).await, (status, expected.to_owned()), "{headers:?}");
    }
    let told = async |token: &str| {
        let reply = stack.send(Method::POST, CHAT, &[("authorization", &format!("Bearer {token}"))], chat("")).await;
        assert_eq!((reply.status.as_u16(), reply.header("www-authenticate")), (401, "Bearer"));
        reply.text()
    };
    assert!(told("sk-other").await.contains("start with `sr_`"));
    assert!(told(&own[..own.len() - 1]).await.contains("checksum"));
    assert_eq!(code(&[("authorization", &bearer("bbbbbbbbbbbb"))]).await.1, "token-suspended");
    assert_eq!(code(&[("authorization", &bearer("cccccccccccc"))]).await.1, "token-disabled");
    assert_eq!(code(&[("authorization", &bearer("eeeeeeeeeeee"))]).await, (401, "unauthorized".to_owned()));
    assert_eq!(code(&[("authorization", &bearer("abcdefghijkl").replace("Bearer", "bEARER"))]).await.0, 200);
}

#[tokio::test]
async fn refused_requests_of_known_callers_are_recorded() {
    let stack = Stack::sandboxed(|it| it.model("demo").token("bbbbbbbbbbbb", TokenState::Suspended)).await;
    let suspended = format!("Bearer {}", token("bbbbbbbbbbbb"));
    stack.send(Method::POST, CHAT, &[("authorization", &suspended)], chat("")).await;
    stack.send(Method::POST, CHAT, &[("content-type", "text/plain")], chat("")).await;
    stack.post(CHAT, chat("").replace("hello", &"x".repeat(33 * 1024 * 1024))).await;
    let stranger = format!("Bearer {}", token("eeeeeeeeeeee"));
    stack.send(Method::POST, CHAT, &[("authorization", &stranger), ("content-type", "text/plain")], chat("")).await;
    let rows: Vec<_> = stack.events(3).await.into_iter().map(|it| (it.caller, it.token, it.code)).collect();
    let row = |token: &str, code: &str| ("ana".to_owned(), token.to_owned(), code.to_owned());
    let (own, expected) = ("abcdefghijkl", ["unsupported-media-type", "request-too-large"]);
    assert_eq!(rows, [row("bbbbbbbbbbbb", "token-suspended"), row(own, expected[0]), row(own, expected[1])]);
}

#[tokio::test]
async fn health_tells_that_nothing_is_delivered_while_the_control_plane_is_away() {
    let delivering = async |stack: &Stack| stack.get("/healthz").await.json()["usage_log"]["delivering"].clone();
    assert_eq!(delivering(&Stack::sandboxed(|it| it.model("demo")).await).await, true);
    let alone = Stack::unconfigured(|it| it.sync.control_plane = "http://127.0.0.1:1".to_owned()).await;
    assert_eq!(delivering(&alone).await, false);
}

#[tokio::test]
async fn callers_may_speak_http_2() {
    let stack = Stack::sandboxed(|it| it.model("demo:chunks=20")).await;
    let stream = tokio::net::TcpStream::connect(stack.address).await.unwrap();
    let executor = hyper_util::rt::TokioExecutor::new();
    let (sender, connection) =
        hyper::client::conn::http2::handshake(executor, hyper_util::rt::TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let ask = |more: &'static str| {
        let mut sender = sender.clone();
        let request = http::Request::post(format!("http://router{CHAT}"))
            .header("authorization", format!("Bearer {}", token("abcdefghijkl")))
            .body(http_body_util::Full::new(bytes::Bytes::from(chat(more))))
            .unwrap();
        async move { sender.send_request(request).await.unwrap().into_body().collect().await.unwrap().to_bytes() }
    };
    let (whole, streamed) = tokio::join!(ask(""), ask(r#","stream":true"#));
    assert!(whole.starts_with(b"{"));
    assert!(streamed.ends_with(b"data: [DONE]\n\n"));
}

#[tokio::test]
async fn pages_call_only_from_origins_that_the_configuration_names() {
    let page = "https://chat.example.com";
    let cors = proto::v1::Cors { origins: vec![page.to_owned()], max_age_ms: 600_000 };
    let stack = Stack::sandboxed(|it| it.model("demo").with(|it| it.settings.cors = Some(cors.clone()))).await;
    let asked = |origin| {
        [
            ("origin", origin),
            ("authorization", ""),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "authorization,content-type,x-stainless-os"),
        ]
    };
    let allowed = stack.send(Method::OPTIONS, CHAT, &asked(page), "").await;
    assert_eq!((allowed.status.as_u16(), allowed.header("access-control-allow-origin")), (204, page));
    assert_eq!(allowed.header("access-control-allow-headers"), "authorization,content-type,x-stainless-os");
    assert_eq!(allowed.header("access-control-max-age"), "600");
    assert_eq!(allowed.header("vary"), "origin");
    assert!(allowed.header("access-control-allow-methods").contains("POST"));
    let refused = stack.send(Method::OPTIONS, CHAT, &asked("https://evil.example.com"), "").await;
    assert_eq!((refused.status.as_u16(), refused.header("access-control-allow-origin")), (405, ""));
    for (path, body, status) in [(CHAT, chat(""), 200), (CHAT, "{".to_owned(), 400), ("/nothing", String::new(), 404)] {
        let answer = stack.send(Method::POST, path, &[("origin", page)], body).await;
        assert_eq!((answer.status.as_u16(), answer.header("access-control-allow-origin")), (status, page), "{path}");
        assert!(answer.header("access-control-expose-headers").contains("x-request-id"));
    }
    let other = stack.send(Method::POST, CHAT, &[("origin", "https://evil.example.com")], chat("")).await;
    assert_eq!((other.status.as_u16(), other.header("access-control-allow-origin")), (200, ""));
    assert_eq!(stack.post(CHAT, chat("")).await.header("access-control-allow-origin"), "");
    let closed = Stack::sandboxed(|it| it.model("demo")).await;
    assert_eq!(closed.send(Method::OPTIONS, CHAT, &asked(page), "").await.status, 405);
}

#[tokio::test]
async fn health_has_the_name_that_tools_look_for() {
    let stack = Stack::sandboxed(|it| it.model("demo")).await;
    assert_eq!(stack.get("/health").await.json()["config"]["version"], 1);
}
