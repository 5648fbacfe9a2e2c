-- How many events of the log said more than was understood when they came: that part of them is in no table.
alter table usage_watermarks add column newer bigint not null default 0;
