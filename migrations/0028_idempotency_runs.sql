-- Which run of a request has it in hand, and until when it surely does: one that is gone is followed by another. What the request
-- changes is noted in the transaction that changes it, so that it is known whether it may run again.
alter table idempotency_keys add column run text not null default '';
alter table idempotency_keys add column lease_ms bigint not null default 0;
alter table idempotency_keys add column changed bigint not null default 0;
