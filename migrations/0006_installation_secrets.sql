-- Secrets that an installation makes for itself, once, sealed under the master key.
create table installation_secrets (
    -- What it is for, as "responses-seal-key".
    name text primary key,
    sealed bytea not null,
    created_ms bigint not null
);
