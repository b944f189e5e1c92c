-- analyst_role: whose members are the analysts of this database
select analyst_role from public.database_access;

-- analysts_and_maker: the same, and whether who asks may do everything
select
    database_access.analyst_role,
    pg_roles.rolsuper
from public.database_access
inner join pg_roles on pg_roles.rolname = current_user;

-- begin_session: names have the meaning that PostgreSQL gives them
select pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', false);

-- may_choose: whether somebody may become an analyst; an analyst is one already, and may not read the role's name
select has_table_privilege(oid, 'select') from pg_class
where relnamespace = (select oid from pg_namespace where nspname = 'public') and relname = 'database_access';

-- become: an analyst, until the end of the session
select set_config('role', analyst_role, false) from public.database_access;

-- list_analysts: who signs in as an analyst of this database and is nothing more, and in how many sessions
select
    pg_roles.rolname,
    (select count(*) from pg_stat_activity where usesysid = pg_roles.oid and datname = current_database()) as sessions
from public.database_access
inner join pg_auth_members on pg_auth_members.roleid = to_regrole(quote_ident(database_access.analyst_role))
inner join pg_roles on pg_roles.oid = pg_auth_members.member
where
    pg_roles.rolcanlogin
    -- Since PostgreSQL 16 who makes a role is a member of it: the owner is in both roles.
    and not pg_roles.rolcreaterole
    -- Nor superusers, who are members of everything.
    and not pg_has_role(pg_roles.oid, to_regrole(quote_ident(database_access.server_role)), 'member')
    and not exists (
        select from pg_class
        where oid = to_regclass('public.event_log') and pg_has_role(pg_roles.oid, relowner, 'member')
    )
group by pg_roles.oid, pg_roles.rolname
order by pg_roles.rolname;

-- end_sessions: all that somebody has open
select pg_terminate_backend(pid, 2000) from pg_stat_activity where usename = %(name)s;
