-- When a request carried each token last, to the minute. Apart from the tokens, whose rows change with versions only.
create table token_uses (
    token text primary key,
    last_used_ms bigint not null
);
