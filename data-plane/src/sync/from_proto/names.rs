//! The wire's names of what the router knows.

use data_plane_core::config::{Modality, PolicyKind, ProviderKind, Scope, TargetState, TokenState};

/// Of a group's fidelity.
pub(super) fn is_strict(name: &str) -> Option<bool> {
    Some(match name {
        "" | "tolerant" => false,
        "strict" => true,
        _ => return None,
    })
}

pub(super) fn modality(name: &str) -> Option<Modality> {
    Some(match name {
        "text" => Modality::Text,
        "image" => Modality::Image,
        "audio" => Modality::Audio,
        "file" => Modality::File,
        "embedding" => Modality::Embedding,
        _ => return None,
    })
}

pub(super) fn policy(name: &str) -> Option<PolicyKind> {
    Some(match name {
        "static" => PolicyKind::Static,
        "weighted" => PolicyKind::Weighted,
        "failover" => PolicyKind::Failover,
        _ => return None,
    })
}

pub(super) fn provider_kind(name: &str) -> Option<ProviderKind> {
    Some(match name {
        "" | "provider" => ProviderKind::Provider,
        "smart-router" => ProviderKind::SmartRouter,
        _ => return None,
    })
}

pub(super) fn scope(name: &str) -> Option<Scope> {
    Some(match name {
        "inference" => Scope::Inference,
        "explain" => Scope::Explain,
        "metrics" => Scope::Metrics,
        "report" => Scope::Report,
        _ => return None,
    })
}

pub(super) fn target_state(name: &str) -> Option<TargetState> {
    Some(match name {
        "catalog" => TargetState::Catalog,
        "validating" => TargetState::Validating,
        "active" => TargetState::Active,
        "retired" => TargetState::Retired,
        _ => return None,
    })
}

pub(super) fn token_state(name: &str) -> Option<TokenState> {
    Some(match name {
        "active" => TokenState::Active,
        "suspended" => TokenState::Suspended,
        "revoked" => TokenState::Revoked,
        "rotated" => TokenState::Rotated,
        _ => return None,
    })
}
