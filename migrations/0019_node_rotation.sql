-- When the router was asked to replace its credential and its key; null: it is not.
alter table nodes add column rotation_ms bigint;
-- Since when the credential in force is; 0: since it joined.
alter table nodes add column credential_ms bigint not null default 0;
-- What takes their place when it is first used.
alter table nodes add column next_digest bytea;
alter table nodes add column next_public_key bytea;
