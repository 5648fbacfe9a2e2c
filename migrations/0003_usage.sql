-- Usage: one row per request with its attempts, candidates and trace, and additive roll-ups over them.
-- Scalar metadata only. Money is in nano-dollars, prices in nano-dollars per million tokens, durations in microseconds,
-- times in milliseconds since the Unix epoch; booleans are 0 or 1. An empty text means "none", so that no column of a
-- roll-up's key is ever null. "user" and "group" are reserved words: the columns are user_name and group_name.

create table usage_requests (
    node text not null,
    epoch bigint not null,
    sequence bigint not null,
    request_id text not null,
    client_request_id text not null,
    started_ms bigint not null,
    caller text not null,
    user_name text not null,
    project text not null,
    environment text not null,
    token text not null,
    session text not null,
    region text not null,
    config_version bigint not null,
    client text not null,
    client_ip text not null,
    dialect text not null,
    operation text not null,
    target_dialect text not null,
    requested_model text not null,
    group_name text not null,
    policy text not null,
    provider text not null,
    model text not null,
    stream bigint not null,
    cache text not null,
    status bigint not null,
    code text not null,
    attempts bigint not null,
    fallback bigint not null,
    latency_us bigint not null,
    first_byte_us bigint not null,
    upstream_us bigint not null,
    queue_us bigint not null,
    overhead_us bigint not null,
    -- The histogram buckets of latency_us and first_byte_us (-1: no byte was sent): percentiles over rows and over
    -- roll-ups are then the same sums.
    latency_bucket bigint not null,
    first_byte_bucket bigint not null,
    input_tokens bigint not null,
    output_tokens bigint not null,
    cached_input_tokens bigint not null,
    cache_write_5m_tokens bigint not null,
    cache_write_1h_tokens bigint not null,
    reasoning_tokens bigint not null,
    image_tokens bigint not null,
    tokens_estimated bigint not null,
    price_input_nanousd bigint not null,
    price_cached_input_nanousd bigint not null,
    price_cache_write_5m_nanousd bigint not null,
    price_cache_write_1h_nanousd bigint not null,
    price_output_nanousd bigint not null,
    cost_input_nanousd bigint not null,
    cost_cached_input_nanousd bigint not null,
    cost_cache_write_nanousd bigint not null,
    cost_output_nanousd bigint not null,
    cost_total_nanousd bigint not null,
    -- null: the upstream reported none.
    upstream_reported_cost_nanousd bigint,
    baseline text not null,
    baseline_cost_nanousd bigint not null,
    redactions bigint not null,
    -- Separated by line feeds.
    warnings text not null,
    primary key (node, epoch, sequence)
);

create index usage_requests_started on usage_requests (started_ms);
create index usage_requests_request on usage_requests (request_id);

create table usage_attempts (
    node text not null,
    epoch bigint not null,
    sequence bigint not null,
    number bigint not null,
    target text not null,
    dialect text not null,
    class text not null,
    status bigint not null,
    started_ms bigint not null,
    latency_us bigint not null,
    first_byte_us bigint not null,
    detail text not null,
    primary key (node, epoch, sequence, number)
);

-- One row per request that did not end well: what an operator looks at first.
create table usage_errors (
    node text not null,
    epoch bigint not null,
    sequence bigint not null,
    request_id text not null,
    started_ms bigint not null,
    caller text not null,
    group_name text not null,
    model text not null,
    status bigint not null,
    code text not null,
    -- Class and detail of the last failed attempt; empty when nothing was tried.
    class text not null,
    detail text not null,
    primary key (node, epoch, sequence)
);

create index usage_errors_started on usage_errors (started_ms);

create table usage_trace_events (
    node text not null,
    epoch bigint not null,
    sequence bigint not null,
    number bigint not null,
    -- Since the request started.
    at_us bigint not null,
    stage text not null,
    detail text not null,
    primary key (node, epoch, sequence, number)
);

create table usage_candidates (
    node text not null,
    epoch bigint not null,
    sequence bigint not null,
    number bigint not null,
    target text not null,
    eligible bigint not null,
    -- Codes of why not, separated by commas.
    reasons text not null,
    -- Its place in the policy's order, from 1; 0: not ordered.
    place bigint not null,
    score double precision not null,
    primary key (node, epoch, sequence, number)
);

-- start_ms is the whole UTC hour (or day) that the row sums up; dims_key is a digest of the dimensions beside it.
create table usage_rollup_hourly (
    start_ms bigint not null,
    dims_key bytea not null,
    caller text not null,
    user_name text not null,
    project text not null,
    environment text not null,
    token text not null,
    group_name text not null,
    provider text not null,
    model text not null,
    client text not null,
    status text not null,
    dialect text not null,
    requests bigint not null,
    errors bigint not null,
    fallbacks bigint not null,
    input_tokens bigint not null,
    output_tokens bigint not null,
    cached_input_tokens bigint not null,
    cache_write_tokens bigint not null,
    reasoning_tokens bigint not null,
    image_tokens bigint not null,
    cost_input_nanousd bigint not null,
    cost_cached_input_nanousd bigint not null,
    cost_cache_write_nanousd bigint not null,
    cost_output_nanousd bigint not null,
    cost_total_nanousd bigint not null,
    baseline_cost_nanousd bigint not null,
    primary key (start_ms, dims_key)
);

create table usage_rollup_daily (
    start_ms bigint not null,
    dims_key bytea not null,
    caller text not null,
    user_name text not null,
    project text not null,
    environment text not null,
    token text not null,
    group_name text not null,
    provider text not null,
    model text not null,
    client text not null,
    status text not null,
    dialect text not null,
    requests bigint not null,
    errors bigint not null,
    fallbacks bigint not null,
    input_tokens bigint not null,
    output_tokens bigint not null,
    cached_input_tokens bigint not null,
    cache_write_tokens bigint not null,
    reasoning_tokens bigint not null,
    image_tokens bigint not null,
    cost_input_nanousd bigint not null,
    cost_cached_input_nanousd bigint not null,
    cost_cache_write_nanousd bigint not null,
    cost_output_nanousd bigint not null,
    cost_total_nanousd bigint not null,
    baseline_cost_nanousd bigint not null,
    primary key (start_ms, dims_key)
);

-- Counts per bucket of the roll-up row with the same start_ms and dims_key. measure: 0 latency, 1 first byte.
create table usage_histogram_hourly (
    start_ms bigint not null,
    dims_key bytea not null,
    measure bigint not null,
    bucket bigint not null,
    observations bigint not null,
    primary key (start_ms, dims_key, measure, bucket)
);

create table usage_histogram_daily (
    start_ms bigint not null,
    dims_key bytea not null,
    measure bigint not null,
    bucket bigint not null,
    observations bigint not null,
    primary key (start_ms, dims_key, measure, bucket)
);

-- Every event of (node, epoch) up to committed_sequence is in the tables above.
create table usage_watermarks (
    node text not null,
    epoch bigint not null,
    committed_sequence bigint not null,
    primary key (node, epoch)
);
