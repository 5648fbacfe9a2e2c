-- How long a request's output came (see docs/operations.md, "Reports"); 0: nobody can say. Sums of roll-ups have the output
-- tokens of those requests beside it, so that tokens per second are a quotient of sums.
alter table usage_requests add column output_us bigint not null default 0;
alter table usage_rollup_hourly add column output_us bigint not null default 0;
alter table usage_rollup_hourly add column timed_output_tokens bigint not null default 0;
alter table usage_rollup_daily add column output_us bigint not null default 0;
alter table usage_rollup_daily add column timed_output_tokens bigint not null default 0;

-- The histogram buckets of latency_us and first_byte_us (-1: there was no answer, or the row is older than these columns).
alter table usage_attempts add column latency_bucket bigint not null default -1;
alter table usage_attempts add column first_byte_bucket bigint not null default -1;
