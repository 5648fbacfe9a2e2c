-- What a router says is wrong with itself: a JSON array of texts; null: nothing.
alter table nodes add column problems text;
