-- Each router's log, whichever nodes have delivered of it: its row is locked while its events are counted.
create table usage_logs (
    epoch bigint not null primary key
);
create index usage_watermarks_epoch on usage_watermarks (epoch);
-- When a request with the token began, to a minute; null: never.
alter table tokens add column last_used_ms bigint;
update tokens set last_used_ms = used.start_ms
    from (select token, max(start_ms) as start_ms from usage_rollup_hourly where status <> '401' group by token) as used
    where used.token = tokens.id;
