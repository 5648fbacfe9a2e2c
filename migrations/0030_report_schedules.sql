-- Reports that are sent to a webhook at intervals.
create table report_schedules (
    id text primary key,
    -- What is sent, when and where to, as JSON.
    schedule text not null,
    created_by text not null,
    created_ms bigint not null,
    -- Counts changes, so that none overwrites another that it does not know.
    revision bigint not null,
    paused bigint not null,
    -- When the next report is due, when it is tried next, and how often it was tried.
    due_ms bigint not null,
    retry_ms bigint not null,
    tries bigint not null,
    -- Which control plane sends it just now, and until when that one surely does.
    lease text not null default '',
    lease_ms bigint not null default 0
);

-- Each time that one was sent, or tried to be.
create table report_sends (
    id text primary key,
    schedule text not null,
    -- What the receiver knows it by: the same for each try of one report.
    message text not null,
    -- The period that it is about.
    since_ms bigint not null,
    until_ms bigint not null,
    -- How many reports were due and not sent before it, while nobody was there to.
    missed bigint not null,
    -- From 1.
    attempt bigint not null,
    -- Who asked for it; empty: the schedule.
    asked_by text not null,
    started_ms bigint not null,
    ended_ms bigint,
    -- sending, sent, failed or interrupted
    outcome text not null,
    -- What the receiver answered.
    status bigint,
    error text not null
);
create index report_sends_by_schedule on report_sends (schedule, started_ms);
