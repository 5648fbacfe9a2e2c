-- Projects and environments by themselves, and how the requests of callers ended: see docs/adr/0016-roll-ups.md.
create table usage_rollup_hourly_environment (
    start_ms bigint not null,
    key_id bigint not null,
    requests bigint not null,
    errors bigint not null,
    input_tokens bigint not null,
    output_tokens bigint not null,
    cost_total_nanousd bigint not null,
    sums text not null,
    sketches text not null,
    primary key (start_ms, key_id)
);
create table usage_rollup_daily_environment (
    start_ms bigint not null,
    key_id bigint not null,
    requests bigint not null,
    errors bigint not null,
    input_tokens bigint not null,
    output_tokens bigint not null,
    cost_total_nanousd bigint not null,
    sums text not null,
    sketches text not null,
    primary key (start_ms, key_id)
);

-- A number of each day that has changed, a new random one with each change: days of roll-ups that somebody remembers added up are as
-- they were as long as it is the same.
create table usage_rollup_days (
    start_ms bigint not null primary key,
    version bigint not null
);

-- Everything is added up again.
delete from usage_rollup_minutely_service;
delete from usage_rollup_hourly_service;
delete from usage_rollup_daily_service;
delete from usage_rollup_hourly_client;
delete from usage_rollup_daily_client;
delete from usage_rollup_hourly_place;
delete from usage_rollup_daily_place;
delete from usage_rollup_hourly_project_client;
delete from usage_rollup_daily_project_client;
delete from usage_rollup_hourly_project;
delete from usage_rollup_daily_project;
delete from usage_rollup_hourly_caller;
delete from usage_rollup_daily_caller;
delete from usage_rollup_daily_caller_model;
delete from usage_rollup_keys;
delete from usage_rollup_backlog;
insert into usage_rollup_backlog (node, epoch, next_sequence, last_sequence)
    select node, epoch, 1, committed_sequence from usage_watermarks where committed_sequence > 0;
