-- What of the configuration that it holds a router does not understand.
-- JSON: [{"resource": "<kind>/<id>", "message": "…", "closes": ["<door>", …]}]; null: it understands all.
alter table nodes add column gaps text;

-- The version under which routers learned of the token as it is: whoever knows an older state reads only what came since.
alter table tokens add column version bigint not null default 0;
create index tokens_version on tokens (version);
