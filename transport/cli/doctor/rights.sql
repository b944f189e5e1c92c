-- login: who servers sign in as, and whether that one may do more than the role they work in
select
    session_user::text as login,
    database_access.server_role,
    pg_roles.rolsuper or pg_has_role(session_user, pg_class.relowner, 'member') as is_owner,
    database_access.database <> (select oid from pg_database where datname = current_database()) as is_copy
from public.database_access
cross join pg_class
inner join pg_roles on pg_roles.rolname = session_user
where pg_class.relnamespace = 'public'::regnamespace and pg_class.relname = 'event_log';

-- public: whether everybody may create something in the schema of our tables, and what others have put there
select
    has_schema_privilege('public', 'public', 'create') as is_open,
    array(
        select made.kind || ' ' || made.name || ' of ' || pg_get_userbyid(made.owner)
        from (
            select 'function' as kind, proname as name, proowner as owner from pg_proc
            where pronamespace = 'public'::regnamespace
            union all
            select 'relation', relname, relowner from pg_class where relnamespace = 'public'::regnamespace
            union all
            select 'operator', oprname, oprowner from pg_operator where oprnamespace = 'public'::regnamespace
        ) as made
        inner join pg_roles on pg_roles.oid = made.owner
        inner join pg_class as log on log.relnamespace = 'public'::regnamespace and log.relname = 'event_log'
        where not pg_has_role(made.owner, log.relowner, 'member')
        order by made.kind, made.name
        limit 5
    ) as strange;

-- analysts: what everybody, so also an analyst, may do here that PostgreSQL can refuse
select array_remove(array[
    case when has_database_privilege('public', current_database(), 'connect') then 'sign in from other databases' end,
    case when has_database_privilege('public', current_database(), 'temporary') then 'fill temporary tables' end,
    case when has_function_privilege('public', 'lo_creat(integer)', 'execute') then 'make large objects' end,
    case when has_function_privilege('public', 'pg_advisory_lock(bigint)', 'execute') then 'take advisory locks' end,
    case when has_function_privilege('public', 'pg_notify(text, text)', 'execute') then 'notify in bulk' end,
    case when has_function_privilege('public', 'pg_stat_get_live_tuples(oid)', 'execute') then 'watch counters of tables' end
], null) as open,
    current_setting('max_prepared_transactions') <> '0' as may_prepare,
    array(
        select datname::text from pg_database
        where
            datallowconn and datname <> current_database()
            and has_database_privilege('public', pg_database.oid, 'connect')
        order by datname
        limit 5
    ) as elsewhere;

-- at_large: analysts whose sessions the owner of the function that ends them may not end; those who may fill the disk
select
    count(*) > 0 as has_analysts,
    array_agg(reader.name order by reader.name) filter (where not reader.can_be_ended) as endless,
    array_agg(reader.name order by reader.name) filter (where not reader.is_limited) as boundless
from (
    select
        login.rolname::text as name,
        pg_has_role(pg_proc.proowner, login.oid, 'usage') as can_be_ended,
        login.rolconnlimit >= 0 and exists (
            select from pg_db_role_setting
            where
                setrole = login.oid
                and setdatabase in (0, (select oid from pg_database where datname = current_database()))
                and array_to_string(setconfig, ' ') like '%temp_file_limit=%'
        ) as is_limited
    from public.database_access
    inner join pg_roles as analysts on analysts.rolname = database_access.analyst_role
    inner join pg_roles as servers on servers.rolname = database_access.server_role
    inner join pg_proc on pg_proc.oid = 'public.end_lingering_analysts(double precision, double precision)'::regprocedure
    cross join pg_roles as login
    where
        login.rolcanlogin
        and pg_has_role(login.oid, analysts.oid, 'member')
        and not pg_has_role(login.oid, servers.oid, 'member')
) as reader;
