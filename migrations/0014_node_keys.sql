-- The key that a router made for itself, with which it proves that a call is its own; null: it joined before there were keys.
alter table nodes add column public_key bytea;
-- The process that opened the last stream, and when.
alter table nodes add column instance text not null default '';
alter table nodes add column opened_ms bigint not null default 0;
-- When its credential was last used by somebody else; null: never.
alter table nodes add column second_use_ms bigint;
-- How many routers may join with it, and how many have.
alter table join_tokens add column uses bigint not null default 1;
alter table join_tokens add column used bigint not null default 0;
update join_tokens set used = 1 where used_ms is not null;
