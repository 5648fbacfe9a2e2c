-- What an admin token may do, and in which projects, as `[{"role":"project-admin","projects":["search"]}]`; without projects, everywhere.
alter table admin_tokens rename column role to grants;
update admin_tokens set grants = '[{"role":"' || grants || '"}]';
