-- The projects that a change is about: who administers one sees what was changed in it. '': what all projects share.
create table audit_event_projects (
    project text not null,
    event_id bigint not null,
    primary key (project, event_id)
);
create index audit_event_projects_by_event on audit_event_projects (event_id);
create index audit_events_by_actor on audit_events (actor, id);
create index audit_events_by_action on audit_events (action, id);
create index admin_access_events_by_actor on admin_access_events (actor, at_ms);
create index admin_access_events_by_route on admin_access_events (route, at_ms);
