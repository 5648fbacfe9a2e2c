-- Changes of the configuration that somebody is working on.
create table config_drafts (
    id text primary key,
    -- Whose it is, as audit events name them.
    owner text not null,
    title text not null,
    comment text not null,
    -- What it is done for, elsewhere.
    ticket text not null,
    -- The version that it is based on.
    base_version bigint not null,
    -- The whole document as JSON. It need not be valid.
    document text not null,
    -- Counts saves, so that none overwrites another that it does not know.
    revision bigint not null,
    created_ms bigint not null,
    updated_ms bigint not null
);
create index config_drafts_by_owner on config_drafts (owner, updated_ms);

-- What a version was made for, elsewhere.
alter table config_versions add column ticket text not null default '';
-- What it changed, in a few words; empty: an older build made it.
alter table config_versions add column summary text not null default '';
