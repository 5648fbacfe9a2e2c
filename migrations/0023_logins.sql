-- People who are logged in to the pages.
create table admin_sessions (
    -- As it is listed.
    id text primary key,
    -- SHA-256 of the cookie's value.
    digest bytea not null unique,
    -- "oidc", "admin-token" or "login-link".
    kind text not null,
    -- What the person is called on pages.
    name text not null,
    -- Of an OpenID provider: its id, its issuer, what it calls the person and its own session, and what it said of the person (JSON).
    provider text,
    issuer text,
    subject text,
    provider_session text,
    claims text,
    -- The ID token, sealed under the cookie's value: for the provider, when the person logs out.
    id_token bytea,
    -- Of an admin token: its id and its digest.
    admin_token text,
    admin_token_digest bytea,
    -- What the browser called itself.
    user_agent text not null,
    created_ms bigint not null,
    authenticated_ms bigint not null,
    -- To a minute.
    last_used_ms bigint not null
);
create index admin_sessions_by_subject on admin_sessions (issuer, subject);

-- Logins that wait for an OpenID provider.
create table login_attempts (
    -- SHA-256 of the state.
    state bytea primary key,
    -- SHA-256 of the cookie of the browser that began it.
    browser bytea not null,
    provider text not null,
    return_to text not null,
    -- Whether the person must prove again who it is.
    again bigint not null,
    created_ms bigint not null
);
create index login_attempts_by_age on login_attempts (created_ms);

-- Links that let somebody in once.
create table login_links (
    -- SHA-256 of the link's secret.
    digest bytea primary key,
    expires_ms bigint not null
);

-- Messages of logouts that were obeyed.
create table used_logout_tokens (
    issuer text not null,
    jti text not null,
    forget_ms bigint not null,
    primary key (issuer, jti)
);
