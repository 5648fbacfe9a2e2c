-- 1: callers are to be sent elsewhere.
alter table nodes add column drained bigint not null default 0;
