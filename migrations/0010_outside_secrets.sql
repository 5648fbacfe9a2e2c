-- Secrets that the configuration takes from variables and files, as a control plane found and published them: all replicas
-- serve the same, whatever their own surroundings hold.
create table outside_secrets (
    -- How far the configuration reaches and what it names, as "listed:env:OPENAI_API_KEY".
    source text not null,
    -- A keyed digest of the value: whoever lacks the master key cannot compare.
    digest bytea not null,
    -- null: another value took its place.
    sealed bytea,
    published_ms bigint not null,
    -- When a control plane last found this value.
    vouched_ms bigint not null,
    primary key (source, digest)
);
