use web::{Banner, Tone};

use super::address::Address;

/// What somebody is told who was led here by what they did, under `told` of the address: a word of these, never a text from there.
const TOLD: &[(&str, &str)] = &[
    ("view-kept", "The view is kept: it stands above the list."),
    ("view-removed", "The view is removed."),
    ("token-suspended", "The token is suspended: it opens nothing until it is resumed."),
    ("token-resumed", "The token is open again."),
    ("key-set", "The key is sealed: routers use it within a second."),
    ("key-removed", "The key is removed: nobody has it here any more."),
    ("admin-token-revoked", "The admin token is revoked: it opens nothing any more."),
    ("session-ended", "The session has ended."),
    ("token-revoked", "The token is revoked: it opens nothing any more."),
    ("version-applied", "It is published. Routers take it as they are told here."),
    ("version-same", "Nothing was published: this is what is in force already."),
    ("node-drain", "The router is drained: callers are sent elsewhere."),
    ("node-take-back", "The router is taken back: it is sent callers again."),
    ("node-rotate", "The router is asked to replace its credential, and does as soon as it is connected."),
    ("node-revoke", "The router is revoked: its credential opens nothing any more."),
    ("node-forget", "The router is forgotten. Its usage stays."),
    ("report-sent", "The report was sent, and the webhook has taken it."),
    ("report-schedule-made", "The schedule is made. Send a report now to see that it arrives."),
    ("report-schedule-saved", "The schedule is saved."),
    ("report-schedule-removed", "The schedule is removed: nothing is sent any more."),
    ("draft-discarded", "The draft is gone."),
    ("draft-rebased", "The draft is over what is in force now. Look at it, and apply it."),
];

/// The line above a page that says what was done.
pub fn banner(asked: &Address, sees_versions: bool) -> Option<Banner> {
    if asked.own("told") == Some("applied") {
        let version: u64 = asked.own("version")?.parse().ok()?;
        let text = format!("In force as version {version}: routers take it now.");
        let more = sees_versions.then(|| ("See the version".to_owned(), format!("/versions/{version}")));
        return Some(Banner { tone: Tone::Good, text, more });
    }
    let (_, text) = TOLD.iter().find(|(word, _)| *word == asked.own("told").unwrap_or_default())?;
    Some(Banner { tone: Tone::Good, text: (*text).to_owned(), more: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_told_that_stands_in_an_address() {
        assert!(banner(&Address::read("told=token-revoked"), false).is_some());
        assert!(banner(&Address::read("told=applied&version=41"), false).is_some_and(|it| it.text.contains("41")));
        assert!(banner(&Address::read("told=applied&version=x"), true).is_none());
        assert!(banner(&Address::read("told=You+are+logged+out"), false).is_none());
        assert!(banner(&Address::read(""), false).is_none());
    }
}
