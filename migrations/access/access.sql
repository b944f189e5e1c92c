-- Who may do what in this database. `fogbound migrate` applies this file each time after the numbered ones, so that new
-- tables get their rights, and copies of a database roles of their own. What the one who migrates may not change is left
-- as it is: `fogbound doctor` says what an administrator has to do.

-- Roles belong to the whole cluster, so each is named by its database: that of a copy must not open the original.
do $$
declare
    known public.database_access;
    this oid := (select oid from pg_database where datname = current_database());
    roles text[] := '{}';
    prefix text;
    chosen text;
    is_superuser boolean := (select rolsuper from pg_roles where rolname = current_user);
    before text;
    schemas text := 'public, analytics, analytics_tables';
    one record;
begin
    select * into known from public.database_access;
    if known.database = this then
        roles := array[known.server_role, known.analyst_role];
    else
        foreach prefix in array array['fogbound_server_', 'fogbound_analyst_'] loop
            select candidate into chosen
            from unnest(array[prefix || current_database(), prefix || 'oid_' || this]) with ordinality
                as names (candidate, place)
            where octet_length(candidate) < 64 and not exists (
                select from pg_roles
                inner join pg_shdepend on refclassid = 'pg_authid'::regclass and refobjid = pg_roles.oid
                where rolname = candidate and dbid not in (0, this)
            )
            order by place
            limit 1;
            if chosen is null then
                raise exception 'another database uses the roles % and %oid_%', prefix || current_database(), prefix, this;
            end if;
            roles := roles || chosen;
        end loop;
    end if;

    begin
        foreach chosen in array roles loop
            if not exists (select from pg_roles where rolname = chosen) then
                execute format('create role %I nologin', chosen);
            end if;
        end loop;
        -- Whoever works as the server may look at what analysts see: `fogbound sql`.
        if not pg_has_role(roles[1]::name, roles[2]::name, 'member') then
            execute format('grant %I to %I', roles[2], roles[1]);
        end if;
        -- Where the servers sign in as who migrates, as with `fogbound play`.
        if not is_superuser and not exists (
            select from pg_auth_members
            where roleid = to_regrole(quote_ident(roles[1])) and member = to_regrole(quote_ident(current_user))
            and grantor = member
        ) then
            execute format('grant %I to %I', roles[1], current_user);
        end if;
    exception
        when insufficient_privilege then
            if exists (select from unnest(roles) as wanted (name) where to_regrole(quote_ident(name)) is null)
            or not pg_has_role(roles[1]::name, roles[2]::name, 'member') then
                raise exception '% may not make roles. Let an administrator run: create role % nologin; '
                    'create role % nologin; grant % to %; grant % to %', current_user,
                    quote_ident(roles[1]), quote_ident(roles[2]), quote_ident(roles[2]), quote_ident(roles[1]),
                    quote_ident(roles[1]), quote_ident(current_user);
            end if;
    end;

    select string_agg(rolname, ' and ') into chosen from pg_roles
    where rolname = any(roles) and (rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls);
    if chosen is not null then
        raise exception 'the role % has rights over the whole cluster, which it must not have', chosen;
    end if;

    insert into public.database_access (database, server_role, analyst_role) values (this, roles[1], roles[2])
    on conflict (is_only) do update
    set database = excluded.database, server_role = excluded.server_role, analyst_role = excluded.analyst_role;

    -- Those of the database that this one is a copy of, and the one role that the analysts of all databases had once.
    for before in
        select rolname from pg_roles
        where rolname in ('fogbound_analyst', known.server_role, known.analyst_role) and rolname <> all(roles)
    loop
        execute format('revoke all on all tables in schema %s from %I', schemas, before);
        execute format('revoke all on all functions in schema public from %I', before);
        execute format('revoke all on schema %s from %I', schemas, before);
        for one in
            select pg_get_userbyid(defaclrole) as maker from pg_default_acl
            where defaclnamespace = 'analytics'::regnamespace and pg_has_role(current_user, defaclrole, 'usage')
        loop
            execute format(
                'alter default privileges for role %I in schema analytics revoke all on tables from %I', one.maker, before
            );
        end loop;
    end loop;
end
$$;

-- What servers need: everything but to change or forget what is logged.
do $$
declare
    access public.database_access;
    one record;
begin
    select * into access from public.database_access;
    for one in
        select
            format('%I.%I', nspname, relname) as name,
            case
                when relname in ('event_log', 'refused_command') then 'select, insert'
                when relkind = 'v' or relname in ('schema_migrations', 'database_access', 'rebuild_turn') then 'select'
                else 'select, insert, update, delete'
            end as rights
        from pg_class
        inner join pg_namespace on pg_namespace.oid = relnamespace
        where
            nspname in ('public', 'analytics_tables')
            and relkind in ('r', 'p', 'v')
            and pg_has_role(current_user, relowner, 'usage')
            and not exists (
                select from pg_depend
                where classid = 'pg_class'::regclass and objid = pg_class.oid and deptype = 'e'
            )
    loop
        execute format('revoke all on %s from %I', one.name, access.server_role);
        execute format('grant %s on %s to %I', one.rights, one.name, access.server_role);
    end loop;
    for one in
        select oid::regprocedure as name from pg_proc
        where
            pronamespace = 'public'::regnamespace
            and pg_has_role(current_user, proowner, 'usage')
            and not exists (
                select from pg_depend
                where classid = 'pg_proc'::regclass and objid = pg_proc.oid and deptype = 'e'
            )
    loop
        execute format('revoke execute on function %s from public', one.name);
        execute format('grant execute on function %s to %I', one.name, access.server_role);
    end loop;
    execute format('grant usage on schema analytics, analytics_tables to %I', access.server_role);
    execute format('grant usage on schema analytics to %I', access.analyst_role);
    execute format(
        'grant select on all tables in schema analytics to %I, %I', access.analyst_role, access.server_role
    );
end
$$;

-- What everybody may do in a new database, and an analyst of this one, or of another, must not.
do $$
declare
    access public.database_access;
    database name := current_database();
    owner name := (select pg_get_userbyid(relowner) from pg_class where oid = 'public.event_log'::regclass);
    one record;
begin
    select * into access from public.database_access;
    if pg_has_role(current_user, (select nspowner from pg_namespace where nspname = 'public'), 'usage') then
        execute format('grant usage on schema public to %I', access.server_role);
        execute format('grant usage, create on schema public to %I', owner);
        revoke all on schema public from public;
    end if;
    if pg_has_role(current_user, (select datdba from pg_database where datname = database), 'usage') then
        execute format('revoke connect, temporary on database %I from public', database);
        execute format(
            'grant connect on database %I to %I, %I, pg_monitor, pg_read_all_data',
            database, access.server_role, access.analyst_role
        );
        execute format('grant connect, temporary on database %I to %I', database, owner);
    end if;
    for one in
        select oid::regprocedure as name from pg_proc
        where
            pronamespace = 'pg_catalog'::regnamespace
            and (
                proname in ('lo_creat', 'lo_create', 'lo_from_bytea')
                or proname in ('pg_notify', 'pg_logical_emit_message', 'pg_lock_status')
                or proname ~ '^pg_(try_)?advisory_(xact_)?lock'
                -- The live counters of tables. Those of a server process have a number as their argument.
                or (proname like 'pg\_stat\_get\_%' and proargtypes = array['oid'::regtype]::oidvector)
            )
            and pg_has_role(current_user, proowner, 'usage')
            and has_function_privilege('public', oid, 'execute')
    loop
        execute format('revoke execute on function %s from public', one.name);
        execute format('grant execute on function %s to %I, pg_database_owner, pg_monitor', one.name, owner);
    end loop;
    if
        (select rolsuper from pg_roles where rolname = current_user)
        and current_setting('server_version_num')::integer >= 150000
    then
        -- So that the owner can limit the temporary files of analysts.
        execute format('grant set on parameter temp_file_limit to %I', owner);
    end if;
    if pg_has_role(current_user, (select proowner from pg_proc where oid = 'pg_notify(text, text)'::regprocedure), 'usage')
    then
        execute format(
            'grant execute on function pg_notify(text, text), pg_logical_emit_message(boolean, text, text%s) to %I',
            case when current_setting('server_version_num')::integer >= 170000 then ', boolean' else '' end,
            access.server_role
        );
    end if;
end
$$;
