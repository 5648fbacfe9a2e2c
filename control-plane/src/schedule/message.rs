//! What a webhook is told: JSON, signed as the Standard Webhooks specification has it.

use base64::{Engine, prelude::BASE64_STANDARD};
use control_plane_core::{
    Secret,
    insight::Zone,
    report::{Report, Request},
};
use http::{HeaderName, header};
use ring::hmac;
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::store::report_schedule::{StoredSchedule, send::StoredSend};

/// So many lines a message has at most; its total is of all.
const MOST_LINES: usize = 1_000;

/// What a secret begins with that is the base64 of its bytes.
const WRITTEN: &str = "whsec_";

/// What a report says.
pub fn body(stored: &StoredSchedule, send: &StoredSend, report: &Report, pages: Option<&str>, now_ms: i64) -> String {
    let schedule = &stored.schedule;
    let zone = Zone::parse(&schedule.timezone).unwrap_or_else(|_| Zone::utc());
    let mut table = report.json();
    let lines = table["rows"].as_array().map_or(0, Vec::len);
    if let Some(rows) = table["rows"].as_array_mut() {
        rows.truncate(MOST_LINES);
    }
    let url = pages.map(|it| format!("{it}{}", page(&report.request, zone.name())));
    let message = json!({
        "type": "report.usage",
        "timestamp": Zone::utc().rfc3339(now_ms),
        "data": {
            "schedule": {"id": stored.id, "name": schedule.name},
            "project": schedule.project,
            "period": {
                "every": schedule.every.as_str(),
                "timezone": zone.name(),
                "since": zone.rfc3339(send.since_ms),
                "until": zone.rfc3339(send.until_ms),
            },
            "missed": send.missed,
            "trial": !send.asked_by.is_empty(),
            "lines": lines,
            "report": table,
            "url": url.map_or(Value::Null, Value::from),
        },
    });
    message.to_string()
}

/// Where the same is on a page.
fn page(request: &Request, timezone: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let zone = Zone::utc();
    query.append_pair("since", &zone.rfc3339(request.since_ms).replace("+00:00", "Z"));
    query.append_pair("until", &zone.rfc3339(request.until_ms).replace("+00:00", "Z"));
    if timezone != Zone::UTC_NAME {
        query.append_pair("timezone", timezone);
    }
    for (name, it) in ["group_by", "then_by"].into_iter().zip(&request.group_by) {
        query.append_pair(name, it.as_str());
    }
    for filter in &request.filters {
        for value in &filter.values {
            query.append_pair("filter", &format!("{}={value}", filter.name()));
        }
    }
    format!("/explore?{}", query.finish())
}

/// The headers of a message.
pub fn headers(message: &str, body: &str, secret: Option<&Secret>, now_ms: i64) -> Vec<(HeaderName, String)> {
    let seconds = now_ms.div_euclid(1000);
    let mut headers = vec![
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::USER_AGENT, "smart-router".to_owned()),
        (HeaderName::from_static("webhook-id"), message.to_owned()),
        (HeaderName::from_static("webhook-timestamp"), seconds.to_string()),
    ];
    if let Some(secret) = secret {
        let signature = sign(secret, message, seconds, body);
        headers.push((HeaderName::from_static("webhook-signature"), signature));
    }
    headers
}

/// `v1,` and the HMAC-SHA256 of id, moment and body.
fn sign(secret: &Secret, message: &str, seconds: i64, body: &str) -> String {
    let text = secret.expose();
    let written = text.strip_prefix(WRITTEN).and_then(|it| BASE64_STANDARD.decode(it).ok());
    let key = written.as_deref().unwrap_or(text.as_bytes());
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), format!("{message}.{seconds}.{body}").as_bytes());
    format!("v1,{}", BASE64_STANDARD.encode(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification.
    #[test]
    fn messages_are_signed_as_receivers_verify_them() {
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned());
        let signed = sign(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_of_another_form_is_its_own_bytes() {
        let named = |text: &str| sign(&Secret::new(text.to_owned()), "m", 1, "{}");
        assert_ne!(named("whsec_not base64"), named("not base64"));
        assert_eq!(named("whsec_cGxhaW4="), named("plain"));
    }
}
