-- Searches of requests that somebody has given a name.
create table saved_views (
    id text primary key,
    -- Whose it is, as audit events name them.
    owner text not null,
    name text not null,
    -- The query of the page's address.
    query text not null,
    created_ms bigint not null
);
create unique index saved_views_by_owner on saved_views (owner, name);
