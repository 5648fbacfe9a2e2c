//! Logins with an OpenID provider, from the browser that leaves to the one that comes back.

use control_plane_core::{
    audit::{Actor, AuditAction},
    document::OidcProvider,
    login::{NotAdmitted, ReturnTo, admit},
};

use super::{
    BrowserSecret, LoginError, Logins, Proof, Site,
    oidc::{Prompt, ProviderAnswer},
    session::record,
};
use crate::{
    clock::now_ms,
    manage::ManageError,
    store::{
        admin_session,
        login::{self, Attempt},
    },
};

/// How long somebody may take with the provider.
const LASTS_MS: i64 = 10 * 60_000;
/// How many logins may wait: whoever begins them in masses fills no disk.
const MOST_WAITING: u64 = 10_000;

/// Why nobody was logged in, by whose fault.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// The login itself.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// The database.
    #[error(transparent)]
    Manage(#[from] ManageError),
    /// There is no such provider, or not any more.
    #[error("there is no such OpenID provider")]
    NoProvider,
    /// Too many have begun.
    #[error("too many logins are under way: try again in some minutes")]
    TooMany,
    /// What came back belongs to no login that this browser has begun, or to one that is finished or too old.
    #[error("this login has expired, was finished before, or was begun in another browser: begin again")]
    NotBegun,
}

impl From<crate::store::StoreError> for Failed {
    fn from(error: crate::store::StoreError) -> Self {
        Self::Manage(error.into())
    }
}

/// What a browser comes back with.
pub struct CameBack<'a> {
    /// The provider that it was sent to, by its id in the path.
    pub provider: &'a str,
    /// What it has kept.
    pub browser: Option<&'a BrowserSecret>,
    /// What was sent with it.
    pub state: Option<&'a BrowserSecret>,
    /// The code.
    pub code: Option<String>,
    /// The issuer that says it has sent it (RFC 9207).
    pub issuer: Option<String>,
    /// Why the provider did not log anybody in.
    pub error: Option<String>,
}

impl Logins {
    /// Begins a login: answers where the browser is sent.
    pub async fn begin(
        &self,
        provider: &str,
        site: &Site,
        browser: &BrowserSecret,
        (return_to, prompt): (ReturnTo, Prompt),
    ) -> Result<String, Failed> {
        let rules = self.rules().await?;
        let provider = rules.provider(provider).ok_or(Failed::NoProvider)?;
        if provider.disabled {
            return Err(LoginError::from(NotAdmitted::Disabled).into());
        }
        if login::attempts(self.control.store.read()).await? >= MOST_WAITING {
            return Err(Failed::TooMany);
        }
        let started = self.oidc.start(provider, site, browser, prompt).await?;
        let attempt = Attempt {
            state: started.state.digest(),
            browser: browser.digest(),
            provider: provider.id.clone(),
            return_to: return_to.as_str().to_owned(),
            again: prompt == Prompt::Login,
            created_ms: now_ms(),
        };
        let mut tx = self.control.store.write().await?;
        login::prune_attempts(&mut tx, attempt.created_ms - LASTS_MS).await?;
        login::insert_attempt(&mut tx, &attempt).await?;
        tx.commit().await?;
        Ok(started.address)
    }

    /// Finishes a login: answers how somebody has proved who it is, and where the person goes on.
    pub async fn finish(&self, site: &Site, came: CameBack<'_>) -> Result<(Proof, ReturnTo), Failed> {
        let (Some(browser), Some(state)) = (came.browser, came.state) else { return Err(Failed::NotBegun) };
        let attempt = self.take(state, browser).await?;
        let belongs = |it: &Attempt| it.provider == came.provider && now_ms() - it.created_ms < LASTS_MS;
        let attempt = attempt.filter(belongs).ok_or(Failed::NotBegun)?;
        let rules = self.rules().await?;
        let provider = rules.provider(&attempt.provider).ok_or(Failed::NoProvider)?;
        let code = code_of(provider, came.issuer.as_deref(), came.error, came.code)?;
        let again_since_ms = attempt.again.then_some(attempt.created_ms);
        let answer = ProviderAnswer { browser, state, code, again_since_ms };
        let person = self.oidc.finish(&self.control, (provider, rules.reach()), site, answer).await?;
        admit(provider, &person.claims).map_err(LoginError::from)?;
        let proof = Proof::Oidc(provider.id.clone(), provider.issuer.clone(), person);
        Ok((proof, ReturnTo::of(Some(&attempt.return_to))))
    }

    /// It is taken whatever becomes of it: nobody tries twice.
    async fn take(&self, state: &BrowserSecret, browser: &BrowserSecret) -> Result<Option<Attempt>, Failed> {
        let mut tx = self.control.store.write().await?;
        let attempt = login::take_attempt(&mut tx, &state.digest(), &browser.digest()).await?;
        tx.commit().await?;
        Ok(attempt)
    }

    /// Ends sessions of somebody who has logged out with the provider.
    pub async fn back_channel(&self, provider: &str, message: &str) -> Result<(), Failed> {
        let rules = self.rules().await?;
        let provider = rules.provider(provider).ok_or(Failed::NoProvider)?;
        let token = self.oidc.logout_token(provider, message).await?;
        let mut tx = self.control.store.write().await?;
        if !login::use_logout_token(&mut tx, &provider.issuer, &token.jti, token.forget_ms).await? {
            return Err(LoginError::Refused("the logout token was used before".to_owned()).into());
        }
        let (subject, session) = (token.subject.as_deref(), token.session.as_deref());
        for id in admin_session::delete_of_provider(&mut tx, &provider.issuer, subject, session).await? {
            let detail = format!("logged out with {}", provider.id);
            record(&mut tx, Actor::System, AuditAction::AdminSessionEnd, &id, detail).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

fn code_of(
    provider: &OidcProvider,
    issuer: Option<&str>,
    error: Option<String>,
    code: Option<String>,
) -> Result<String, LoginError> {
    if issuer.is_some_and(|it| it != provider.issuer) {
        return Err(LoginError::Refused("the answer is of another issuer".to_owned()));
    }
    if let Some(error) = error {
        // A word of RFC 6749, or whatever somebody has written into the address.
        let word: String = error.chars().filter(|it| it.is_ascii_alphanumeric() || *it == '_').take(50).collect();
        return Err(LoginError::Declined(word));
    }
    code.filter(|it| !it.is_empty()).ok_or_else(|| LoginError::Refused("the answer has no code".to_owned()))
}
