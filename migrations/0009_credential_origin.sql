-- Where a key may be sent: scheme, host and port. NULL: it was set by an older build, and goes where the configuration in force
-- says until that changes.
alter table credentials add column origin text;
