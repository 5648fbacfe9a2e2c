-- What lists of requests are filtered by and ordered by: each index has its rows in the order of a list. The code is found
-- in usage_errors, a token by its caller.
create index usage_requests_caller on usage_requests (caller, started_ms);
create index usage_requests_project on usage_requests (project, started_ms);
create index usage_requests_group on usage_requests (group_name, started_ms);
create index usage_requests_model on usage_requests (model, started_ms);
create index usage_requests_session on usage_requests (session, started_ms) where session <> '';
create index usage_requests_client_request on usage_requests (client_request_id) where client_request_id <> '';
-- The dearest and the slowest of each day.
create index usage_requests_cost on usage_requests ((started_ms / 86400000), cost_total_nanousd);
create index usage_requests_latency on usage_requests ((started_ms / 86400000), latency_us);

-- The errors of a project, and which target failed last.
alter table usage_errors add column project text not null default '';
alter table usage_errors add column target text not null default '';
update usage_errors set project = found.project, target = found.model
    from (select r.node, r.epoch, r.sequence, r.project, r.model from usage_errors e
        cross join usage_requests r where r.node = e.node and r.epoch = e.epoch and r.sequence = e.sequence) as found
    where found.node = usage_errors.node and found.epoch = usage_errors.epoch and found.sequence = usage_errors.sequence;
create index usage_errors_code on usage_errors (code, started_ms);
create index usage_errors_caller on usage_errors (caller, started_ms);
create index usage_errors_project on usage_errors (project, started_ms);
