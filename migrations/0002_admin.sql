-- Who may use the admin API.
create table admin_tokens (
    id text primary key,
    name text not null,
    -- viewer, operator, admin
    role text not null,
    -- SHA-256 of the whole token.
    digest bytea not null,
    -- null: never
    expires_ms bigint,
    created_ms bigint not null,
    created_by text not null
);

-- Every change, written in the transaction that makes it.
create table audit_events (
    id bigint primary key,
    at_ms bigint not null,
    actor text not null,
    -- As "token.revoke".
    action text not null,
    -- What was changed, as "token/3fK…".
    target text not null,
    -- The version under which it reached routers; null: it does not concern them.
    version bigint,
    -- In words, without secrets.
    detail text not null
);
create index audit_events_by_target on audit_events (target, id);

-- Every authenticated request to the admin API, reads and refusals included.
create table admin_access_events (
    at_ms bigint not null,
    actor text not null,
    method text not null,
    -- The route's template, never the path with its values.
    route text not null,
    status bigint not null
);
create index admin_access_events_by_time on admin_access_events (at_ms);
