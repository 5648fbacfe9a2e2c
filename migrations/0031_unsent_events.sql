-- Usage events that a router had not delivered when it was last heard of; null: it does not say.
alter table nodes add column unsent_events bigint;
