-- Answers of the Responses API that callers may continue or retrieve. Routers seal the records and derive their keys; a
-- key is the SHA-256 of whose record it is and of its id.
create table stored_responses (
    digest bytea not null primary key,
    sealed bytea not null,
    expires_ms bigint not null
);

create index stored_responses_expires on stored_responses (expires_ms);
