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
