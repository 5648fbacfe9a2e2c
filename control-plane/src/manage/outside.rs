//! Secrets that the configuration takes from variables and files. Each control plane looks for itself; what is found is sealed
//! in the database, and all serve that: a version says the same everywhere, whatever surrounds the one that publishes it.

use std::collections::{BTreeMap, BTreeSet};

use control_plane_core::{
    Document, Problem, Secret, Severity,
    audit::{Actor, AuditAction, AuditEvent},
    document::{CredentialRef, SharedStateKind},
    outside::{Mine, Verdict, decide},
    shared_state,
    variables::Use,
};
use sha2::{Digest, Sha256};
use sqlx::AnyConnection;

use super::Control;
use crate::{
    Reach,
    clock::now_ms,
    secrets::{CredentialSource, NoKey, as_key},
    store::{
        StoreError, Tx, audit,
        outside_secret::{self, StoredOutside},
        revision,
    },
};

/// What a value is sealed for; see [`crate::secrets::MasterKey::seal`].
pub(super) const PURPOSE: &str = "outside-secret";
const SHARED_STATE: &str = "settings.shared_state.url";

/// Something that is named, and cannot be had as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lack {
    /// Where in the configuration.
    pub what: String,
    /// Why, and what is done instead.
    pub why: String,
}

/// A secret that a configuration names, and what was found of it here.
pub struct Found {
    /// Where in the configuration.
    place: String,
    /// The name under which control planes share it.
    source: String,
    wanted: Wanted,
    here: Result<Secret, NoKey>,
    /// Why it is not open to the configuration.
    refused: Option<String>,
}

enum Wanted {
    /// A provider's key, and how it is referred to.
    Key { provider: String, reference: CredentialRef },
    /// The address of the shared state.
    SharedState,
    /// What control planes alone need, such as what they prove themselves with to an OpenID provider: it is never shared. Without it
    /// something is not done here, in words.
    Own { lost: String },
}

/// What is in force of the secrets that a configuration names.
#[derive(Default)]
pub struct Outside {
    /// By provider.
    pub keys: BTreeMap<String, CredentialSource>,
    /// The address of the shared state.
    pub shared_state: Option<Secret>,
    /// What cannot be had.
    pub lacks: Vec<Lack>,
}

/// A secret that this control plane itself needs, from where the configuration says, or why it is not there.
pub async fn secret(control: &Control, reach: Reach, reference: &CredentialRef) -> Result<Secret, String> {
    let (_, here, refused) = look_for_key(control, reference, reach).await;
    here.map_err(|why| {
        let (NoKey::Absent(why) | NoKey::Bad(why)) = why;
        refused.unwrap_or_else(|| format!("{why} on this control plane"))
    })
}

/// Looks for everything that a document names.
pub async fn look(control: &Control, document: &Document, reach: Reach) -> Vec<Found> {
    let mut all = Vec::new();
    for (provider, it) in &document.providers {
        let Some(reference) = &it.credential else { continue };
        let (source, here, refused) = look_for_key(control, reference, reach).await;
        let wanted = Wanted::Key { provider: provider.clone(), reference: reference.clone() };
        let place = format!("providers.{provider}.credential");
        all.push(Found { place, source, wanted, here, refused });
    }
    all.extend(look_for_shared_state(control, document, reach));
    for (at, login) in document.oidc.iter().enumerate().filter(|(_, it)| !it.disabled) {
        let Some(reference) = &login.client_secret else { continue };
        let (source, here, refused) = look_for_key(control, reference, reach).await;
        let wanted = Wanted::Own { lost: format!("nobody can log in with `{}` here", login.id) };
        let place = format!("oidc[{at}].client_secret");
        all.push(Found { place, source: format!("login:{source}"), wanted, here, refused });
    }
    for (at, webhook) in document.settings.webhooks.iter().enumerate() {
        let Some(reference) = &webhook.secret else { continue };
        let (source, here, refused) = look_for_key(control, reference, reach).await;
        let wanted = Wanted::Own { lost: format!("nothing is sent to the webhook `{}` from here", webhook.id) };
        let place = format!("settings.webhooks[{at}].secret");
        all.push(Found { place, source: format!("webhook:{source}"), wanted, here, refused });
    }
    all
}

/// A key by its reference: the name under which control planes share it, and what was found.
async fn look_for_key(
    control: &Control,
    reference: &CredentialRef,
    reach: Reach,
) -> (String, Result<Secret, NoKey>, Option<String>) {
    let (asked, kind, name) = match reference {
        CredentialRef::Env(name) => (Use::Key(name), "env", name),
        CredentialRef::File(path) => (Use::File(path), "file", path),
    };
    let refused = control.refusal(reach, asked);
    let here = match reference {
        _ if refused.is_some() => Err(NoKey::Bad("it is not open to the configuration here")),
        CredentialRef::Env(name) => {
            control.environment.get(name).map_or(Err(NoKey::Absent("the variable is not set")), |value| as_key(&value))
        }
        CredentialRef::File(path) => control.key_files.read(path.as_ref()).await,
    };
    (shared_name(reach, kind, name), here, refused)
}

fn look_for_shared_state(control: &Control, document: &Document, reach: Reach) -> Option<Found> {
    let shared = &document.settings.shared_state;
    let template = shared.url.as_ref().filter(|_| shared.kind == SharedStateKind::Valkey)?;
    let read = control.within(reach, |surroundings| shared_state::valkey_url(shared, surroundings));
    let (here, refused) = match read {
        Ok(Some(url)) => (Ok(url), None),
        Ok(None) => return None,
        Err(finding) => (Err(NoKey::Bad("its variables do not make an address here")), Some(finding.message)),
    };
    // The text may hold a password.
    let digest = Sha256::digest(template.as_written());
    let written = format!("{:016x}", digest.first_chunk().map_or(0, |it| u64::from_be_bytes(*it)));
    let source = shared_name(reach, "template", &written);
    Some(Found { place: SHARED_STATE.to_owned(), source, wanted: Wanted::SharedState, here, refused })
}

/// What one reach opens is not open to another.
fn shared_name(reach: Reach, kind: &str, name: &str) -> String {
    let reach = match reach {
        Reach::Whole => "whole",
        Reach::Listed | Reach::Names => "listed",
    };
    format!("{reach}:{kind}:{name}")
}

impl Found {
    /// The sealed value in force, if it opens.
    fn in_force<'a>(&self, control: &Control, rows: &'a [StoredOutside]) -> Option<(&'a StoredOutside, Secret)> {
        let row = rows.iter().find(|row| row.source == self.source && row.sealed.is_some())?;
        let value = control.master_key.open(PURPOSE, &self.source, row.sealed.as_deref()?).ok()?;
        Some((row, value))
    }

    fn digest(&self, control: &Control, value: &Secret) -> [u8; 32] {
        control.master_key.digest(&self.source, value)
    }

    fn judge(&self, control: &Control, rows: &[StoredOutside], now_ms: i64) -> Verdict {
        if matches!(self.wanted, Wanted::Own { .. }) {
            return Verdict::Unknown;
        }
        let in_force = self.in_force(control, rows).map(|(row, _)| row);
        let mine = self.here.as_ref().map_or(Mine::Nothing, |value| {
            let digest = self.digest(control, value);
            match rows.iter().find(|row| row.source == self.source && row.digest == digest) {
                None => Mine::New,
                Some(row) if in_force == Some(row) => Mine::InForce,
                Some(_) => Mine::Earlier,
            }
        });
        decide(mine, in_force.map(|row| row.vouched_ms), now_ms)
    }

    async fn publish(&self, tx: &mut Tx, control: &Control, now_ms: i64) -> Result<(), StoreError> {
        let Ok(value) = &self.here else { return Ok(()) };
        let sealed = control.master_key.seal(PURPOSE, &self.source, value);
        outside_secret::publish(tx, &self.source, &self.digest(control, value), &sealed, now_ms).await
    }

    /// What it means that nobody has it.
    fn unresolved(&self) -> Option<Problem> {
        let (NoKey::Absent(reason) | NoKey::Bad(reason)) = self.here.as_ref().err()?;
        let nobody = format!("{reason} on this control plane, and no other one has published it");
        let message = match (&self.wanted, &self.here) {
            (Wanted::SharedState, _) => nobody,
            (Wanted::Own { lost }, _) => format!("{reason} on this control plane: {lost}"),
            (Wanted::Key { .. }, Err(NoKey::Bad(_))) => format!("{nobody}: the provider is disabled"),
            (Wanted::Key { .. }, _) => {
                format!("{nobody}: the provider's targets are unavailable on every router that has no key of its own")
            }
        };
        Some(Problem { severity: Severity::Warning, line: 1, column: 1, path: self.place.clone(), message })
    }

    /// What is lacking, given what is done about it.
    fn lack(&self, verdict: Verdict) -> Option<Lack> {
        let reason = match &self.here {
            Err(NoKey::Absent(reason) | NoKey::Bad(reason)) => self.refused.as_deref().unwrap_or(reason),
            Ok(_) => "",
        };
        if let (Wanted::Own { lost }, Err(_)) = (&self.wanted, &self.here) {
            return Some(Lack { what: self.place.clone(), why: format!("{reason}; {lost}") });
        }
        let why = match (verdict, &self.here) {
            (Verdict::Lacking, _) => format!("{reason}; what was published before is served"),
            (Verdict::Outdated, _) => {
                "its value here is an older one than another control plane has published, which is served".to_owned()
            }
            (Verdict::Unknown, Err(NoKey::Bad(_))) => format!("{reason}; it is disabled"),
            _ => return None,
        };
        Some(Lack { what: self.place.clone(), why })
    }
}

impl Outside {
    /// What is in force as of `rows`.
    pub fn of(control: &Control, found: &[Found], rows: &[StoredOutside]) -> Self {
        let now = now_ms();
        let mut outside = Self::default();
        for it in found {
            let in_force = it.in_force(control, rows).map(|(_, value)| value);
            match &it.wanted {
                Wanted::SharedState => outside.shared_state = in_force,
                Wanted::Own { .. } => {}
                Wanted::Key { provider, reference } => {
                    let source = match (in_force, &it.here, reference) {
                        (Some(value), _, _) => CredentialSource::Value(value),
                        // No router opens what is refused here.
                        (None, Err(NoKey::Bad(_)), _) => CredentialSource::Nowhere,
                        (None, _, CredentialRef::Env(name)) => CredentialSource::Env(name.clone()),
                        (None, _, CredentialRef::File(path)) => CredentialSource::File(path.clone()),
                    };
                    outside.keys.insert(provider.clone(), source);
                }
            }
            outside.lacks.extend(it.lack(it.judge(control, rows, now)));
        }
        outside
    }
}

/// What of it nobody has: not this control plane, and none that told the others. Values are never told.
pub async fn unresolved(
    db: &mut AnyConnection,
    control: &Control,
    found: &[Found],
) -> Result<Vec<Problem>, StoreError> {
    let rows = outside_secret::all(db).await?;
    Ok(found.iter().filter(|it| it.in_force(control, &rows).is_none()).filter_map(Found::unresolved).collect())
}

/// The providers whose key nobody has.
pub async fn without_key(
    db: &mut AnyConnection,
    control: &Control,
    found: &[Found],
) -> Result<BTreeSet<String>, StoreError> {
    let rows = outside_secret::all(db).await?;
    let lacking = found.iter().filter(|it| it.here.is_err() && it.in_force(control, &rows).is_none());
    let providers = lacking.filter_map(|it| match &it.wanted {
        Wanted::Key { provider, .. } => Some(provider.clone()),
        Wanted::SharedState | Wanted::Own { .. } => None,
    });
    Ok(providers.collect())
}

/// Puts in force what is new here, as part of a change that takes a version anyway, and forgets what is not named any more.
pub async fn adopt(tx: &mut Tx, control: &Control, found: &[Found]) -> Result<(), StoreError> {
    let named: BTreeSet<String> = found.iter().map(|it| it.source.clone()).collect();
    outside_secret::retain(tx, &named).await?;
    let (rows, now) = (outside_secret::all(tx.connection()).await?, now_ms());
    for it in found.iter().filter(|it| it.judge(control, &rows, now) == Verdict::Publish) {
        it.publish(tx, control, now).await?;
    }
    Ok(())
}

/// Tells the other control planes what was found here, given what they told at a version. Whether there is a new version
/// therefore, or there was one already.
pub async fn tell(
    control: &Control,
    found: &[Found],
    rows: &[StoredOutside],
    version: u64,
) -> Result<bool, StoreError> {
    let now = now_ms();
    let having = |verdict| found.iter().filter(move |it| it.judge(control, rows, now) == verdict);
    let vouched: Vec<&Found> = having(Verdict::Vouch).collect();
    if !vouched.is_empty() {
        let mut tx = control.store.write().await?;
        for it in vouched {
            if let Ok(value) = &it.here {
                outside_secret::vouch(&mut tx, &it.source, &it.digest(control, value), now).await?;
            }
        }
        tx.commit().await?;
    }
    let new: Vec<&Found> = having(Verdict::Publish).collect();
    if new.is_empty() {
        return Ok(false);
    }
    let mut tx = control.store.write().await?;
    if revision::lock(&mut tx).await? != version {
        return Ok(true);
    }
    let next = revision::bump(&mut tx).await?;
    let mut places = Vec::new();
    for it in new {
        it.publish(&mut tx, control, now).await?;
        places.push(it.place.as_str());
    }
    let event = AuditEvent {
        at_ms: now,
        actor: Actor::System,
        action: AuditAction::CredentialReload,
        target: "config".to_owned(),
        version: Some(next),
        detail: format!("a variable or a file has another value: {}", places.join(", ")),
    };
    audit::record(&mut tx, &event).await?;
    tx.commit().await?;
    tracing::info!(version = next, places = places.join(", "), "a secret outside the database has changed");
    Ok(true)
}
