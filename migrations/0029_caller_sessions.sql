-- Callers who look at their own usage: they have no role, and their sessions open nothing else.
create table caller_sessions (
    id text primary key,
    -- SHA-256 of the cookie's value.
    digest bytea not null unique,
    -- The caller's token that it was opened with: its id and its digest. What the token no longer opens, the session does not either.
    token text not null,
    token_digest bytea not null,
    -- What the browser called itself.
    user_agent text not null,
    created_ms bigint not null,
    -- To a minute.
    last_used_ms bigint not null
);
