use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use web::{Screen, Shown, Tag, parts::Fact};

use super::{Names, Reader, Wrong, one};
use crate::{
    http::{App, problem::Problem},
    manage::config::between::between,
};

/// Two versions, one beside the other.
pub async fn compare(State(app): State<App>, reader: Reader) -> Result<Response, Wrong> {
    let asked = |name: &str| reader.address.own(name).and_then(|it| it.parse::<u64>().ok());
    let (Some(from), Some(to)) = (asked("from"), asked("to")) else {
        let detail = "`from` and `to` are versions: choose one of each in the list";
        return Err(Problem::new(StatusCode::BAD_REQUEST, "invalid-request", detail).into());
    };
    let found = between(&app.control, reader.admin.author(), to, Some(from)).await?;
    let mut view = one::view(&found, &Names::of(&app, &reader).await?);
    view.title = format!("From {from} to {to}");
    view.state = Tag::plain("compared");
    let link = |version: u64| Shown::Link(format!("version {version}"), format!("/versions/{version}"));
    view.facts = vec![Fact::new("From", link(from)), Fact::new("To", link(to))];
    view.links = vec![("The other way round".to_owned(), format!("/versions/compare?from={to}&to={from}"))];
    view.command = format!(
        "smart-router config export --version {from} > from.yaml\nsmart-router config export --version {to} > to.yaml"
    );
    let title = view.title.clone();
    Ok(reader.shows_titled(Screen::Versions, &title, &view).into_response())
}
