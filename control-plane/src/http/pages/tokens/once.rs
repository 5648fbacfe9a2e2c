//! A form that is sent again, as when its page is loaded again, makes no second token: it is answered with the first.

use control_plane_core::Secret;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::Reader;
use crate::{
    http::App,
    login::BrowserSecret,
    manage::{
        ManageError,
        idempotency::{self, Course, KeptAnswer},
        token::{self, Issued},
    },
};

/// The field of a form by which it is known again.
pub const FIELD: &str = "once";

/// What a new form has there.
pub fn fresh() -> String {
    BrowserSecret::mint().expose().to_owned()
}

/// Makes a token once for each form and what was filled in there; a form without that field is sent by hand, and makes one each time.
pub async fn issued(
    app: &App,
    reader: &Reader,
    (once, asked): (&str, &[&str]),
    make: impl Future<Output = Result<Issued, ManageError>>,
) -> Result<Issued, ManageError> {
    let Some(once) = BrowserSecret::parse(once) else { return make.await };
    let mut digest = Sha256::new();
    for part in asked {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    let digest: [u8; 32] = digest.finalize().into();
    // What is filled in otherwise is another token.
    let key = format!("form {}", once.derive_text("form", &asked.join("\n")));
    match idempotency::begin(&app.control, &reader.admin.actor.label(), &key, &digest).await? {
        Course::Replay(answer) => again(app, reader, &answer).await,
        Course::Run(run) => {
            let outcome = idempotency::run(&app.control, &run, make).await;
            let noted = match &outcome {
                Ok(issued) => idempotency::answered(&app.control, &run, &answer(reader, issued)).await,
                Err(_) => idempotency::forget(&app.control, &run).await.map_err(ManageError::from),
            };
            if let Err(error) = noted {
                tracing::warn!(%error, "a form that is sent again is not known again");
            }
            outcome
        }
    }
}

fn answer(reader: &Reader, issued: &Issued) -> KeptAnswer {
    let Issued { record, text, version } = issued;
    let body = json!({"id": record.id, "caller": record.caller, "token": text.expose(), "version": version});
    KeptAnswer { status: 200, headers: Vec::new(), body: body.to_string(), grants: Some(reader.admin.grants.clone()) }
}

async fn again(app: &App, reader: &Reader, answer: &KeptAnswer) -> Result<Issued, ManageError> {
    let body: serde_json::Value = serde_json::from_str(&answer.body).map_err(|_| ManageError::Broken)?;
    let id = body["id"].as_str().unwrap_or_default();
    if !idempotency::still_permitted(&app.control, &reader.admin.grants, answer).await? {
        return Err(ManageError::NotFound { kind: "token", id: id.to_owned() });
    }
    let record = token::as_it_is(&app.control, id).await?.record;
    let text = Secret::new(body["token"].as_str().unwrap_or_default().to_owned());
    Ok(Issued { record, text, version: body["version"].as_u64().unwrap_or_default() })
}
