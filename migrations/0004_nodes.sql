-- Routers, the single-use tokens with which they enrol, and what was published to them. Secrets are kept as SHA-256
-- digests.

create table nodes (
    -- Also the public part of the node's credential.
    id text not null primary key,
    name text not null,
    region text not null,
    build text not null,
    credential_digest bytea not null,
    -- "active" or "revoked".
    state text not null,
    created_ms bigint not null,
    -- null: never.
    revoked_ms bigint,
    -- The open configuration stream; empty: none. A control plane that dies leaves it behind, so a node counts as
    -- connected only while last_seen_ms is recent too.
    stream_id text not null,
    -- null: never.
    last_seen_ms bigint,
    -- The snapshot that the node said it holds; 0: none.
    held_version bigint not null,
    -- The last snapshot that it refused and has not since replaced by a newer one; null: none.
    rejected_version bigint,
    rejected_ms bigint,
    -- JSON: [{"resource": "<kind>/<id>", "message": "…"}].
    rejection text
);

create index nodes_state on nodes (state);

create table join_tokens (
    id text not null primary key,
    digest bytea not null,
    created_ms bigint not null,
    expires_ms bigint not null,
    -- null: not used.
    used_ms bigint,
    -- The node that used it.
    node text
);

-- The checksum of every version that was published. A key that is resolved from a variable or a file can change without
-- a change in the database: the same content never goes out under two numbers, nor two contents under one.
create table published_snapshots (
    version bigint not null primary key,
    hash bytea not null,
    published_ms bigint not null
);
