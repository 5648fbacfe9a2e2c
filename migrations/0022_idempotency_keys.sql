-- Requests of administrators that may be repeated: what they were, and what was answered.
create table idempotency_keys (
    actor text not null,
    -- As the client calls it.
    key text not null,
    -- SHA-256 of method, path, what it is based on, and body.
    digest bytea not null,
    -- null: it is running, or the control plane ended while it was.
    status bigint,
    -- Headers that belong to the answer, and its body, sealed under the master key: it may hold a token.
    answer bytea,
    created_ms bigint not null,
    primary key (actor, key)
);
create index idempotency_keys_by_time on idempotency_keys (created_ms);
