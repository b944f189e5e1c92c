-- begin_session: the role of the servers and no other schema than PostgreSQL's own, whatever the login or the URL says
select
    pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', false),
    pg_catalog.set_config('role', server_role, false)
from public.database_access;

-- leave_role: what the login may do
select pg_catalog.set_config('role', 'none', false);

-- writer_session: what the writer's connection insists on, whatever the server's own settings are
select set_config(name, wanted.setting, false)
from (
    values
    -- A commit is answered when it is on disk.
    ('synchronous_commit', 'on'),
    -- Each statement must see what was committed before it got the lock.
    ('default_transaction_isolation', 'read committed'),
    -- Plans are kept: else each batch is planned anew, for as long as writing its rows takes. One that was made while
    -- the log was small must not scan it when it has grown.
    ('plan_cache_mode', 'force_generic_plan'),
    ('enable_seqscan', 'off'),
    ('jit', 'off'),
    -- A node that freezes with the lock in hand stops the others for at most this long, which is less than they
    -- wait for an answer. Servers before 17 only know the second.
    ('transaction_timeout', %(longest_turn)s),
    ('idle_in_transaction_session_timeout', %(longest_turn)s)
) as wanted (name, setting)
inner join pg_settings using (name);

-- reader_session: times are read in UTC, and a part of the log by its index, however little is known of how large it grew
select
    set_config('timezone', 'UTC', false),
    set_config('enable_seqscan', 'off', false),
    set_config('enable_bitmapscan', 'off', false);

-- backend: which server process this connection talks to; the start tells it from a later one with the same pid
select pid, backend_start from pg_stat_activity where pid = pg_backend_pid();

-- end_backend: ends a server process that may be about to commit, and waits until it is gone
select
    -- Not while it waits for a standby. Ended there, it would have committed what may be lost with this machine, and
    -- everybody would see it; as it is, nobody does before the standby has it.
    case when wait_event = 'SyncRep' then false else pg_terminate_backend(pid, 2000) end
from pg_stat_activity
where pid = %(pid)s and backend_start = %(started)s;

-- lock_log: writers take turns until they commit, so that the order of positions is the order of commits
select public.take_turn();

-- record_refusals: commands of a batch that were refused, before its events; the first of each append with what its stream
-- and its members must be at
insert into public.refused_command (campaign_id, command_id, code, message)
select
    campaign_id,
    command_id,
    -- Null, which the column refuses, if it was decided on less than is there, or the command was executed meanwhile.
    case
        when (
            expected_head is null or expected_head = (
                select coalesce(max(log.version), 0) from public.event_log as log where log.campaign_id = batch.campaign_id
            )
        )
        and (
            expected_roster is null or expected_roster = coalesce((
                select campaign.roster_version from public.campaign where campaign.campaign_id = batch.campaign_id
            ), 0)
        )
        and not exists (
            select from public.event_log as log
            where log.campaign_id = batch.campaign_id and log.command_id = batch.command_id
                and log.type <> 'changes_discarded'
        )
            then code
    end,
    message
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[])
    as batch (campaign_id, command_id, code, message, expected_head, expected_roster);

-- append_events: the events of a batch in order; the first of each append with what its stream and its members must be at
insert into public.event_log (
    campaign_id, version, event_id, type, schema_version, recorded_at, actor, session_id, command_id, data
)
select
    campaign_id,
    -- Null, which the column refuses, unless the stream is just there: versions have no gaps. Race-free under the lock,
    -- which a change of members takes too.
    case
        when (
            expected_head is null or expected_head = (
                select coalesce(max(log.version), 0) from public.event_log as log where log.campaign_id = batch.campaign_id
            )
        )
        and (
            expected_roster is null or expected_roster = coalesce((
                select campaign.roster_version from public.campaign where campaign.campaign_id = batch.campaign_id
            ), 0)
        )
        -- What was refused, perhaps at another server, is not executed any more.
        and (
            command_id is null or not exists (
                select from public.refused_command as refused
                where refused.campaign_id = batch.campaign_id and refused.command_id = batch.command_id
            )
        )
            then version
    end,
    event_id,
    type,
    schema_version,
    recorded_at,
    actor::uuid,
    session_id,
    command_id,
    data
from unnest(
    $1::uuid[],
    $2::bigint[],
    $3::bigint[],
    $4::uuid[],
    $5::text[],
    $6::integer[],
    $7::timestamptz[],
    $8::text[],
    $9::uuid[],
    $10::text[],
    $11::jsonb[],
    $12::bigint[]
) with ordinality as batch (
    campaign_id,
    version,
    expected_head,
    event_id,
    type,
    schema_version,
    recorded_at,
    actor,
    session_id,
    command_id,
    data,
    expected_roster,
    ordinality
)
order by ordinality;

-- announce: wakes who follows the log when the batch is committed: other servers, and subscriptions of the eventsourcing library
select pg_notify((select channel_key || '_events' from public.database_access), $1::text)
-- They look by themselves, too, but a full queue of notifications would fail the commit.
where pg_notification_queue_usage() < 0.75;

-- heads: the newest version of each stream
select campaign_id, (
    select coalesce(max(log.version), 0) from public.event_log as log where log.campaign_id = wanted.campaign_id
)
from unnest(%(campaigns)s::uuid[]) as wanted (campaign_id);

-- standings: the newest version of each stream, and how often its members changed
select
    campaign_id,
    (select coalesce(max(log.version), 0) from public.event_log as log where log.campaign_id = wanted.campaign_id),
    coalesce((select campaign.roster_version from public.campaign where campaign.campaign_id = wanted.campaign_id), 0)
from unnest(%(campaigns)s::uuid[]) as wanted (campaign_id);

-- decided_commands: the outcomes of those commands that were executed or refused before
select wanted.campaign_id, wanted.command_id, log.event_id, refused.code, refused.message
from unnest(%(campaigns)s::uuid[], %(commands)s::text[]) as wanted (campaign_id, command_id)
left join public.event_log as log
    on log.campaign_id = wanted.campaign_id and log.command_id = wanted.command_id and log.type <> 'changes_discarded'
left join public.refused_command as refused
    on refused.campaign_id = wanted.campaign_id and refused.command_id = wanted.command_id
where log.event_id is not null or refused.code is not null;

-- recorded_events: which of these events are in the log
select event_id from public.event_log where event_id = any(%(event_ids)s::uuid[]);

-- foreign_sessions: which of these sessions are those of other campaigns, found in the index of the few events that start them
select session_id from public.event_log
where
    type in ('session_started', 'session_paused', 'session_resumed', 'session_ended')
    and session_id = any(%(session_ids)s::uuid[])
    and campaign_id <> %(campaign)s;

-- read_stream: the next events of a campaign, in the columns of EventRow: as many as there may be, up to the first that makes
-- them larger than they may be. The size is that of the stored form, since any other needs all of them unpacked.
select
    campaign_id,
    version,
    event_id,
    type,
    schema_version,
    recorded_at,
    actor::text,
    session_id,
    command_id,
    convert_to(data::text, 'UTF8')
from (
    select
        page.*,
        sum(pg_column_size(data)) over (order by version rows between unbounded preceding and 1 preceding) as size_before
    from (
        select * from public.event_log
        where campaign_id = %(campaign)s and version > %(after)s
        order by version
        limit %(limit)s
    ) as page
) as sized
where size_before is null or size_before < %(size)s
order by version;

-- lifecycle: what the sessions of a campaign went through, in the columns of EventRow
select
    campaign_id,
    version,
    event_id,
    type,
    schema_version,
    recorded_at,
    actor::text,
    session_id,
    command_id,
    convert_to(data::text, 'UTF8')
from public.event_log
where
    campaign_id = %(campaign)s
    -- As the index event_log_lifecycle has it.
    and type in ('session_started', 'session_paused', 'session_resumed', 'session_ended')
order by version;

-- version_of: the place of an event in its stream
select version from public.event_log where campaign_id = %(campaign)s and event_id = %(event)s;

-- version_at: the last event before the first that was recorded later than a moment. Found by halving, since an index of times
-- would cost every append, up to a minute before it, and from there one by one: in an old log time may run backwards.
with recursive search (low, high) as (
    select 0::bigint, coalesce(max(version), 0) from public.event_log where campaign_id = %(campaign)s
    union all
    select
        case when middle.recorded_at <= %(moment)s - interval '1 minute' then middle.version else search.low end,
        case when middle.recorded_at <= %(moment)s - interval '1 minute' then search.high else middle.version - 1 end
    from search
    inner join public.event_log as middle
        on middle.campaign_id = %(campaign)s and middle.version = (search.low + search.high) / 2 + 1
    where search.low < search.high
)
select coalesce(
    (
        select later.version - 1
        from public.event_log as later
        where later.campaign_id = %(campaign)s and later.version > search.low and later.recorded_at > %(moment)s
        order by later.version
        limit 1
    ),
    (select max(newest.version) from public.event_log as newest where newest.campaign_id = %(campaign)s),
    0
)
from search
where search.low = search.high;

-- now: the time of the database, by which all record what happens
select clock_timestamp();

-- head: the newest event of a stream
select version, event_id from public.event_log where campaign_id = %(campaign)s order by version desc limit 1;
