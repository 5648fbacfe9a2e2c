//! What is meant where a configuration says nothing. A closed set's own default stands with the set.

use std::time::Duration;

use crate::{FailureClass, Modality, Scope};

/// `groups.*.fallback.max_attempts`: the first attempt included.
pub const MAX_ATTEMPTS: u32 = 3;

/// `groups.*.fallback.on`.
pub const FALLBACK_ON: [FailureClass; 6] = FailureClass::FALLBACK;

/// `groups.*.targets[].weight`.
pub const WEIGHT: u32 = 1;

/// `groups.*.early_keep_alive`.
pub const EARLY_KEEP_ALIVE: bool = true;

/// `providers.*.timeouts.connect`.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// `providers.*.timeouts.first_byte`.
pub const FIRST_BYTE_TIMEOUT: Duration = Duration::from_mins(1);

/// `providers.*.timeouts.stream_idle`.
pub const STREAM_IDLE_TIMEOUT: Duration = Duration::from_mins(2);

/// `providers.*.timeouts.total`.
pub const TOTAL_TIMEOUT: Duration = Duration::from_mins(10);

/// `providers.*.models.*.modalities`, input and output.
pub const MODALITIES: [Modality; 1] = [Modality::Text];

/// `callers[].scopes`.
pub const SCOPES: [Scope; 1] = [Scope::Inference];

/// `settings.responses_store.ttl`.
pub const RESPONSES_TTL: Duration = Duration::from_hours(24);

/// `settings.max_disconnected`.
pub const MAX_DISCONNECTED: Duration = Duration::from_hours(24);

/// `settings.cors.max_age`.
pub const CORS_MAX_AGE: Duration = Duration::from_mins(10);

/// `settings.admin_sessions.idle_timeout`.
pub const SESSION_IDLE: Duration = Duration::from_hours(1);

/// `settings.admin_sessions.absolute_timeout`.
pub const SESSION_ABSOLUTE: Duration = Duration::from_hours(12);

/// `settings.admin_sessions.recent_login`.
pub const RECENT_LOGIN: Duration = Duration::from_mins(10);
