-- Numbers that only grow. 'version' counts what reached routers, 'audit' counts audit events without gaps.
create table sequences (
    name text primary key,
    value bigint not null
);
insert into sequences (name, value) values ('version', 0), ('audit', 0);

-- Every configuration that was ever applied, whole. The version is a number of the one sequence.
create table config_versions (
    version bigint primary key,
    -- Canonical JSON.
    document text not null,
    author text not null,
    comment text not null,
    -- The version whose document this one repeats; null: not a rollback.
    restores bigint,
    created_ms bigint not null
);

-- Caller tokens. The token itself is shown once and never stored.
create table tokens (
    id text primary key,
    caller text not null,
    name text not null,
    -- SHA-256 of the whole token.
    digest bytea not null,
    -- active, suspended, revoked, rotated
    state text not null,
    created_ms bigint not null,
    -- null: never
    expires_ms bigint,
    -- The token whose place this one took.
    rotated_from text
);
create index tokens_by_caller on tokens (caller);

-- Provider keys that were entered by hand, sealed under the master key.
create table credentials (
    provider text primary key,
    sealed bytea not null,
    set_ms bigint not null,
    set_by text not null
);

-- One sealed constant: a control plane with another master key is refused at its start.
create table master_key_check (
    id bigint primary key,
    sealed bytea not null
);
