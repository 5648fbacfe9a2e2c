-- Roll-ups by what is asked together (docs/adr/0015-roll-ups.md): usage_rollup_<period>_<cube>. Each row sums up one period of one
-- combination of values, which usage_rollup_keys tells. sums and sketches are texts of control-plane-core's `rollup::text`: all
-- sums, and how long the requests took; the columns before them are the sums that are read most, for whoever reads tables.
drop table usage_rollup_hourly;
drop table usage_rollup_daily;
drop table usage_histogram_hourly;
drop table usage_histogram_daily;

-- The values of a cube's dimensions; empty: none, or not one of its dimensions. digest: of the names and values that are not
-- empty, so that a cube may be given more dimensions.
create table usage_rollup_keys (
    id bigint not null primary key,
    cube text not null,
    digest bytea not null,
    caller text not null default '',
    user_name text not null default '',
    project text not null default '',
    environment text not null default '',
    token text not null default '',
    group_name text not null default '',
    policy text not null default '',
    provider text not null default '',
    model text not null default '',
    client text not null default '',
    status text not null default '',
    dialect text not null default '',
    code text not null default '',
    region text not null default '',
    node text not null default ''
);
create unique index usage_rollup_keys_digest on usage_rollup_keys (cube, digest);

-- One row, locked by whoever adds to roll-ups; the last id of usage_rollup_keys.
create table usage_rollup_writer (
    id bigint not null primary key,
    last_key bigint not null
);
insert into usage_rollup_writer (id, last_key) values (1, 0);

-- Events that came before these tables, and are yet to be added up: of each log from one number to another.
create table usage_rollup_backlog (
    node text not null,
    epoch bigint not null,
    next_sequence bigint not null,
    last_sequence bigint not null,
    primary key (node, epoch)
);
insert into usage_rollup_backlog (node, epoch, next_sequence, last_sequence)
    select node, epoch, 1, committed_sequence from usage_watermarks where committed_sequence > 0;

create table usage_rollup_minutely_service (
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
create table usage_rollup_hourly_service (
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
create table usage_rollup_daily_service (
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
create table usage_rollup_hourly_client (
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
create table usage_rollup_daily_client (
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
create table usage_rollup_hourly_place (
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
create table usage_rollup_daily_place (
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
create table usage_rollup_hourly_project_client (
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
create table usage_rollup_daily_project_client (
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
create table usage_rollup_hourly_project (
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
create table usage_rollup_daily_project (
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
create table usage_rollup_hourly_caller (
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
create table usage_rollup_daily_caller (
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
create table usage_rollup_daily_caller_model (
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
create index usage_rollup_hourly_caller_key on usage_rollup_hourly_caller (key_id, start_ms);
create index usage_rollup_daily_caller_key on usage_rollup_daily_caller (key_id, start_ms);
create index usage_rollup_daily_caller_model_key on usage_rollup_daily_caller_model (key_id, start_ms);
