//! From what an OpenID provider says of a person to what the person may do.

use serde_json::{Map, Value};

use crate::{
    document::{OidcProvider, RoleRule},
    permission::{Domain, Grant, Grants, Projects},
};

/// Claims that say how a login was made, not who logged in: nothing is decided by them, and they are not kept.
const OF_THE_TOKEN: [&str; 14] = [
    "acr",
    "amr",
    "at_hash",
    "aud",
    "auth_time",
    "azp",
    "c_hash",
    "exp",
    "iat",
    "iss",
    "jti",
    "nbf",
    "nonce",
    "s_hash",
];

/// Claims that mean something together alone: a value, and what is said of it.
const TOGETHER: [(&str, &str); 3] =
    [("email", "email_verified"), ("phone_number", "phone_number_verified"), ("_claim_names", "_claim_sources")];

/// What a provider says of a person, verified.
#[derive(Clone, Debug, PartialEq)]
pub struct Claims(Map<String, Value>);

/// Why somebody whom a provider knows is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAdmitted {
    /// The configuration says so.
    #[error("logging in with this provider is switched off")]
    Disabled,
    /// There is no e-mail address, or the provider does not vouch for it.
    #[error("your provider has not verified an e-mail address of yours, and this installation asks for one")]
    UnverifiedEmail,
    /// The address is of another domain.
    #[error("your e-mail address is not of a domain that may log in here")]
    EmailDomain,
    /// Nothing of it gives a role.
    #[error("your provider knows you, but none of your groups has a role here")]
    NoRole,
}

impl NotAdmitted {
    /// Its name in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::UnverifiedEmail => "unverified-email",
            Self::EmailDomain => "email-domain",
            Self::NoRole => "no-role",
        }
    }
}

impl Claims {
    /// Claims without those that are of the token alone.
    pub fn of(mut all: Map<String, Value>) -> Self {
        all.retain(|name, _| !OF_THE_TOKEN.contains(&name.as_str()));
        Self(all)
    }

    /// Adds what is not there yet, as the provider's endpoint for it says. What is said of another claim stays with that: an address
    /// that one answer has is not verified by the other.
    pub fn add(&mut self, more: Map<String, Value>) {
        let mut more = Self::of(more).0;
        for (claim, said_of_it) in TOGETHER {
            if self.0.contains_key(claim) {
                more.remove(claim);
                more.remove(said_of_it);
            } else {
                self.0.remove(said_of_it);
            }
        }
        for (name, value) in more {
            self.0.entry(name).or_insert(value);
        }
    }

    /// What [`Claims::to_json`] wrote.
    pub fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().map(Self)
    }

    /// To be kept.
    pub fn to_json(&self) -> String {
        Value::Object(self.0.clone()).to_string()
    }

    /// Whether everything is there that a provider's rules and the pages look at.
    pub fn suffice(&self, provider: &OidcProvider) -> bool {
        let has_email = self.0.contains_key("email");
        let asks_email = provider.require_verified_email || !provider.email_domains.is_empty();
        let named = has_email || (self.0.contains_key("name") && !asks_email);
        named && provider.roles.iter().all(|it| self.find(&it.claim).is_some())
    }

    /// The e-mail address, if the provider vouches for it.
    pub fn verified_email(&self) -> Option<&str> {
        // Some providers write the word.
        let verified = self.0.get("email_verified").is_some_and(|it| *it == true || *it == "true");
        self.text("email").filter(|it| verified && is_address(it))
    }

    /// What the person is called on pages and in records.
    pub fn shown_name(&self) -> String {
        let names = [self.verified_email(), self.text("preferred_username"), self.text("name"), self.text("sub")];
        let name = names.into_iter().flatten().find(|it| !it.trim().is_empty()).unwrap_or("somebody");
        name.chars().filter(|it| !it.is_control()).take(200).collect()
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    fn find(&self, path: &str) -> Option<&Value> {
        // Names of claims may be addresses, with dots of their own.
        self.0.get(path).or_else(|| {
            let mut steps = path.split('.');
            let first = self.0.get(steps.next()?)?;
            steps.try_fold(first, |at, step| at.get(step))
        })
    }

    fn has(&self, rule: &RoleRule) -> bool {
        let is = |it: &Value| match it {
            Value::String(text) => *text == rule.value,
            Value::Bool(it) => rule.value == if *it { "true" } else { "false" },
            Value::Number(it) => rule.value == *it.to_string(),
            _ => false,
        };
        // An address that nobody vouches for is whatever its owner has typed.
        if rule.claim == "email" {
            return self.verified_email().is_some_and(|it| it.eq_ignore_ascii_case(&rule.value));
        }
        match self.find(&rule.claim) {
            Some(Value::Array(entries)) => entries.iter().any(is),
            found => found.is_some_and(is),
        }
    }
}

/// Whether it is one address, of one reading: nothing quoted, nothing that is not seen.
fn is_address(text: &str) -> bool {
    let plain = !text.chars().any(|it| it.is_control() || it.is_whitespace() || it == '"');
    plain
        && text
            .split_once('@')
            .is_some_and(|(who, domain)| !who.is_empty() && !domain.is_empty() && !domain.contains('@'))
}

/// What all rules that match give somebody, or why the person is not let in.
pub fn admit(provider: &OidcProvider, claims: &Claims) -> Result<Grants, NotAdmitted> {
    if provider.disabled {
        return Err(NotAdmitted::Disabled);
    }
    let email = claims.verified_email();
    if email.is_none() && (provider.require_verified_email || !provider.email_domains.is_empty()) {
        return Err(NotAdmitted::UnverifiedEmail);
    }
    let domain = email.and_then(|it| it.rsplit_once('@')).map_or("", |(_, domain)| domain);
    if !provider.email_domains.is_empty() && !provider.email_domains.iter().any(|it| it.eq_ignore_ascii_case(domain)) {
        return Err(NotAdmitted::EmailDomain);
    }
    let given: Vec<Grant> = provider.roles.iter().filter(|it| claims.has(it)).filter_map(grant).collect();
    Grants::try_from(given).map_err(|_| NotAdmitted::NoRole)
}

/// What a rule gives; one for no project gives nothing.
fn grant(rule: &RoleRule) -> Option<Grant> {
    let domain = match &rule.projects {
        None => Domain::Everywhere,
        Some(names) => Domain::Projects(Projects::new(names.iter().cloned())?),
    };
    Some(Grant { role: rule.role, domain })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn provider(more: &Value) -> OidcProvider {
        let mut all = json!({"id": "corp", "issuer": "https://id.example.com", "client_id": "x"});
        all.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        serde_json::from_value(all).expect("a provider")
    }

    fn claims(value: Value) -> Claims {
        let Value::Object(all) = value else { panic!("claims are an object") };
        Claims::of(all)
    }

    fn rule(claim: &str, value: &str) -> Value {
        json!({"roles": [{"claim": claim, "value": value, "role": "viewer"}]})
    }

    #[test]
    fn a_claim_is_a_value_or_has_it_among_its_entries() {
        for (claim, value, said, matches) in [
            ("groups", "leads", json!({"groups": ["staff", "leads"]}), true),
            ("groups", "leads", json!({"groups": "leads"}), true),
            ("groups", "leads", json!({"groups": "leads,staff"}), false),
            ("groups", "leads", json!({"groups": ["Leads"]}), false),
            ("groups", "leads", json!({"groups": {"leads": true}}), false),
            ("groups", "leads", json!({"groups": [["leads"]]}), false),
            ("groups", "leads", json!({}), false),
            ("groups", "null", json!({"groups": null}), false),
            ("level", "3", json!({"level": 3}), true),
            ("staff", "true", json!({"staff": true}), true),
            ("realm_access.roles", "admin", json!({"realm_access": {"roles": ["admin"]}}), true),
            ("https://corp.example/groups", "a", json!({"https://corp.example/groups": ["a"]}), true),
            // How a login was made gives nobody anything.
            ("aud", "x", json!({"aud": "x"}), false),
        ] {
            let provider = provider(&rule(claim, value));
            let found = admit(&provider, &claims(said.clone()));
            assert_eq!(found.is_ok(), matches, "{claim} = {value} in {said}: {found:?}");
        }
    }

    #[test]
    fn an_address_counts_when_the_provider_vouches_for_it() {
        let by_email = provider(&rule("email", "ana@example.com"));
        let (verified, unverified, silent) = (
            claims(json!({"email": "Ana@example.com", "email_verified": true})),
            claims(json!({"email": "ana@example.com", "email_verified": false})),
            claims(json!({"email": "ana@example.com"})),
        );
        assert!(admit(&by_email, &verified).is_ok());
        assert_eq!(admit(&by_email, &unverified), Err(NotAdmitted::NoRole));
        assert_eq!(admit(&by_email, &silent), Err(NotAdmitted::NoRole));
        let mut asking = rule("sub", "1");
        asking["email_domains"] = json!(["example.com"]);
        let said =
            |email: &str, verified: bool| claims(json!({"sub": "1", "email": email, "email_verified": verified}));
        assert!(admit(&provider(&asking), &said("a@EXAMPLE.com", true)).is_ok());
        for (email, verified, why) in [
            ("a@example.com", false, NotAdmitted::UnverifiedEmail),
            ("a@evil.example", true, NotAdmitted::EmailDomain),
            ("a@sub.example.com", true, NotAdmitted::EmailDomain),
            ("a@example.com@evil.example", true, NotAdmitted::UnverifiedEmail),
            ("a@evil.example@example.com", true, NotAdmitted::UnverifiedEmail),
            ("\"a@evil.example\"@example.com", true, NotAdmitted::UnverifiedEmail),
            ("a@evil.example\0@example.com", true, NotAdmitted::UnverifiedEmail),
            ("a b@example.com", true, NotAdmitted::UnverifiedEmail),
            ("@example.com", true, NotAdmitted::UnverifiedEmail),
        ] {
            assert_eq!(admit(&provider(&asking), &said(email, verified)), Err(why), "{email}");
        }
    }

    #[test]
    fn what_is_said_of_an_address_is_of_that_one() {
        let boss = "boss@example.com";
        for (token, more, email) in [
            (json!({"email": boss}), json!({"email": "u1@x.example", "email_verified": true}), None),
            (json!({"email": boss}), json!({"email_verified": true}), None),
            (json!({"email_verified": true}), json!({"email": boss, "email_verified": false}), None),
            (json!({"email_verified": true}), json!({"email": boss}), None),
            (json!({"email": boss, "email_verified": false}), json!({"email": boss, "email_verified": true}), None),
            (json!({"email": boss, "email_verified": true}), json!({"email": "x@y.example"}), Some(boss)),
            (json!({}), json!({"email": boss, "email_verified": true}), Some(boss)),
        ] {
            let mut together = claims(token.clone());
            let Value::Object(added) = more.clone() else { panic!("claims are an object") };
            together.add(added);
            assert_eq!(together.verified_email(), email, "{token} and {more}");
        }
    }

    #[test]
    fn all_rules_that_match_give_their_roles_and_none_gives_nothing() {
        let mut given = provider(&json!({"roles": [
            {"claim": "groups", "value": "a", "role": "viewer"},
            {"claim": "groups", "value": "b", "role": "operator", "projects": ["search"]},
            {"claim": "groups", "value": "c", "role": "admin"},
        ]}));
        let both = claims(json!({"groups": ["a", "b"]}));
        assert_eq!(admit(&given, &both).expect("roles").to_string(), "viewer and operator (search)");
        given.disabled = true;
        assert_eq!(admit(&given, &both), Err(NotAdmitted::Disabled));
    }

    #[test]
    fn a_name_is_short_and_of_one_line() {
        assert_eq!(claims(json!({"sub": "1", "name": "Ana\n\u{1b}[2J"})).shown_name(), "Ana[2J");
        assert_eq!(claims(json!({"sub": "1", "email": "a@b.example"})).shown_name(), "1");
        assert_eq!(claims(json!({"sub": "x".repeat(500)})).shown_name().len(), 200);
    }
}
