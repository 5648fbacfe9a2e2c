//! A browser with a session, as far as HTTP goes.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use control_plane::{
    clock::now_ms,
    login::BrowserSecret,
    store::admin_session::{self, Origin, StoredSession},
};
use serde_json::Value;

use crate::plane::{Answer, Plane};

pub const MINUTE: i64 = 60_000;

/// A browser that somebody is logged in with.
pub struct Browser<'a> {
    pub plane: &'a Plane,
    pub cookie: BrowserSecret,
}

impl<'a> Browser<'a> {
    /// Logged in so long ago, and used so long ago.
    pub async fn of_age(plane: &'a Plane, created: i64, used: i64) -> Self {
        Self::from_there(plane, Origin::Link, created, used).await
    }

    /// The same of somebody who came from elsewhere.
    pub async fn from_there(plane: &'a Plane, origin: Origin, created: i64, used: i64) -> Self {
        let cookie = BrowserSecret::mint();
        let now = now_ms();
        let session = StoredSession {
            id: cookie.expose()[..12].to_owned(),
            digest: cookie.digest(),
            origin,
            name: "local administrator".into(),
            user_agent: String::new(),
            created_ms: now - created,
            authenticated_ms: now - created,
            last_used_ms: now - used,
        };
        let mut tx = plane.running.control().store.write().await.unwrap();
        admin_session::insert(&mut tx, &session).await.unwrap();
        tx.commit().await.unwrap();
        Self { plane, cookie }
    }

    pub async fn send(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let port = self.plane.running.http.port();
        let cookie = self.cookie.expose();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\ncookie: smart-router-session-{port}={cookie}\r\n\
             origin: http://127.0.0.1:{port}\r\n{headers}content-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.plane.raw(&request).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, "", "").await
    }

    /// What the session's pages send along, under the mask of zeros.
    pub fn csrf(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode([[0; 32], self.cookie.derive("csrf", "")].concat())
    }

    /// A form with what the session's pages know.
    pub fn with_csrf(&self, form: &str) -> String {
        format!("csrf={}&{form}", self.csrf())
    }

    /// A form that these pages have sent.
    pub async fn form(&self, path: &str, form: &str) -> Answer {
        let headers = "content-type: application/x-www-form-urlencoded\r\n";
        self.send("POST", path, headers, &self.with_csrf(form)).await
    }

    /// With what the session's pages know.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        let csrf = self.csrf();
        let headers = format!("content-type: application/json\r\nx-csrf-token: {csrf}\r\n");
        self.send("POST", path, &headers, &body.to_string()).await
    }

    /// An edit that is based on a version.
    pub async fn edit(&self, method: &str, path: &str, version: u64, body: &Value) -> Answer {
        let csrf = self.csrf();
        let headers = format!("content-type: application/json\r\nx-csrf-token: {csrf}\r\nif-match: \"{version}\"\r\n");
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(method, path, &headers, &body).await
    }

    pub async fn last_used(&self) -> i64 {
        let store = &self.plane.running.control().store;
        admin_session::by_digest(store.read(), &self.cookie.digest()).await.unwrap().unwrap().last_used_ms
    }
}
