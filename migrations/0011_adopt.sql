-- The tokens that are closed in what a router holds, of one that holds a newer version than the database has:
-- JSON: {"revoked": ["<id>"], "suspended": ["<id>"]}; null: it holds nothing newer.
alter table nodes add column closed_tokens text;
