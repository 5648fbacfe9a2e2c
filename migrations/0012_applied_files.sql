-- Who applied a file last, and the version that was in force afterwards: a later apply of the same file shows what it would undo.
create table applied_files (
    author text not null,
    -- As whoever applied it calls it: a path.
    file text not null,
    version bigint not null,
    primary key (author, file)
);
