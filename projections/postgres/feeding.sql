-- feeder_session: the tables that are fed, and the log read by its index, however little is known of how large it grew
select
    set_config('search_path', %(tables)s || ', pg_temp', false),
    set_config('timezone', 'UTC', false),
    -- A feeder that freezes in the middle keeps its turn no longer than this.
    set_config('idle_in_transaction_session_timeout', '5s', false),
    set_config('enable_seqscan', 'off', false),
    set_config('enable_bitmapscan', 'off', false),
    set_config('jit', 'off', false);

-- take_turn: whether we alone feed the tables from here to the end of the transaction
select public.try_turn_to_feed();

-- await_turn: the same for who waits
select public.take_turn_to_feed();

-- head: the last position of the log
select coalesce(max(position), 0) from public.event_log;

-- progress: how far the last of the tables is
select min(position) from checkpoint;

-- checkpoints: how far each projection is
select projection, position from checkpoint;

-- log_after: the next events of the whole log, in the columns of EventRow, each after its position, and before the number of those that follow at all, up to the limit
select
    position,
    campaign_id,
    version,
    event_id,
    type,
    schema_version,
    recorded_at,
    actor::text,
    session_id,
    command_id,
    convert_to(data::text, 'UTF8'),
    following
from (
    select
        page.*,
        count(*) over () as following,
        sum(pg_column_size(data)) over (order by position rows between unbounded preceding and 1 preceding) as size_before
    from (
        select * from public.event_log
        where position > %(after)s and position <= %(up_to)s
        order by position
        limit %(limit)s
    ) as page
) as sized
where size_before is null or size_before < %(size)s
order by position;

-- stream_after: the same of one campaign, by its versions
select
    position,
    campaign_id,
    version,
    event_id,
    type,
    schema_version,
    recorded_at,
    actor::text,
    session_id,
    command_id,
    convert_to(data::text, 'UTF8'),
    following
from (
    select
        page.*,
        count(*) over () as following,
        sum(pg_column_size(data)) over (order by version rows between unbounded preceding and 1 preceding) as size_before
    from (
        select * from public.event_log
        where campaign_id = %(campaign)s and version > %(after)s and position <= %(up_to)s
        order by version
        limit %(limit)s
    ) as page
) as sized
where size_before is null or size_before < %(size)s
order by version;

-- set_aside_among: those of the campaigns that are set aside, and up to which version the tables have their events
select campaign_id, version from set_aside where campaign_id = any(%(campaigns)s);

-- next_set_aside: one of the others that are set aside
select campaign_id, version from set_aside where campaign_id <> all(%(campaigns)s::uuid[]) order by campaign_id limit 1;

-- set_aside: from here on the tables go on without the campaign; no row where that is known
insert into set_aside (campaign_id, version, why) values (%(campaign)s, %(version)s, %(why)s)
on conflict (campaign_id) do update set version = excluded.version, why = excluded.why
where set_aside.version <> excluded.version or set_aside.why <> excluded.why;

-- reach: a campaign that is set aside is in the tables up to this version
update set_aside set version = %(version)s where campaign_id = %(campaign)s;

-- take_back: the tables go on with the campaign
delete from set_aside where campaign_id = %(campaign)s;

-- unknown_kinds: the campaigns of which the tables hold events of kinds that are not known here, and one of these kinds
select campaign_id, min(kind) from later_kind
where campaign_id = any(%(campaigns)s) and kind <> all(%(known)s)
group by campaign_id;

-- note_kinds: kinds of events that the tables hold from now on
insert into later_kind (campaign_id, kind)
select campaign_id, kind from unnest(%(campaigns)s::uuid[], %(kinds)s::text[]) as held (campaign_id, kind)
on conflict do nothing;

-- forget_rows: all that the tables hold of the campaigns
with
of_sessions as (delete from session where campaign_id = any(%(campaigns)s)),
of_reveals as (delete from reveal where campaign_id = any(%(campaigns)s)),
of_staged_changes as (delete from staged_change where campaign_id = any(%(campaigns)s)),
of_stays as (delete from attendance where campaign_id = any(%(campaigns)s)),
of_kinds as (delete from later_kind where campaign_id = any(%(campaigns)s))

delete from terrain where campaign_id = any(%(campaigns)s);

-- staged_changes: the events that staged these changes, in the same columns
select
    position,
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
where event_id = any(%(change_ids)s);

-- open_sessions: the sessions that run in these campaigns
select
    session_id,
    campaign_id,
    number,
    status,
    status_since,
    started_by,
    started_at,
    ended_at,
    active_seconds,
    paused_seconds,
    first_version,
    last_version,
    position
from session
where campaign_id = any(%(campaigns)s) and ended_at is null;

-- open_stays: who is at the table in these campaigns
select
    event_id,
    player_id::text,
    campaign_id,
    session_id,
    came_at,
    left_at,
    position
from attendance
where campaign_id = any(%(campaigns)s) and left_at is null
order by position, player_id;

-- put_session: rows of the projection, new ones and changed ones
insert into session
select * from json_populate_recordset(null::session, %(rows)s)
on conflict (campaign_id, session_id) do update set
status = excluded.status,
status_since = excluded.status_since,
ended_at = excluded.ended_at,
active_seconds = excluded.active_seconds,
paused_seconds = excluded.paused_seconds,
last_version = excluded.last_version,
position = excluded.position;

-- put_reveal: of those that are there already the first one stays
insert into reveal
select * from json_populate_recordset(null::reveal, %(rows)s)
on conflict (campaign_id, hex, audience) do nothing;

-- put_staged_change: rows of the projection, new ones and changed ones
insert into staged_change (
    change_id,
    campaign_id,
    session_id,
    kind,
    hexes,
    is_to_all,
    players,
    staged_by,
    staged_at,
    outcome,
    settled_at,
    position
)
select
    change_id,
    campaign_id,
    session_id,
    kind,
    hexes,
    is_to_all,
    players,
    staged_by,
    staged_at,
    outcome,
    settled_at,
    position
from json_populate_recordset(null::staged_change, %(rows)s)
on conflict (change_id) do update set
outcome = excluded.outcome, settled_at = excluded.settled_at, position = excluded.position;

-- put_attendance: rows of the projection, new ones and changed ones
insert into attendance (event_id, player_id, campaign_id, session_id, came_at, left_at, position)
select
    event_id,
    player_id,
    campaign_id,
    session_id,
    came_at,
    left_at,
    position
from json_populate_recordset(null::attendance, %(rows)s)
on conflict (event_id, player_id) do update set left_at = excluded.left_at, position = excluded.position;

-- put_terrain: rows of the projection, new ones and changed ones
insert into terrain
select * from json_populate_recordset(null::terrain, %(rows)s)
on conflict (campaign_id, hex) do update set
terrain = excluded.terrain,
set_at = excluded.set_at,
event_id = excluded.event_id,
change_id = excluded.change_id,
position = excluded.position;

-- advance: how far projections are now, and why they go no further if they do not
update checkpoint set position = %(position)s, stopped_by = %(stopped_by)s where projection = any(%(projections)s);

-- lag: how far the tables are behind the log, by events and by the time of the oldest that is missing; and without how many
-- campaigns they go on
select
    checkpoint.projection,
    greatest(head.position - checkpoint.position, 0),
    coalesce(extract(epoch from now() - missing.recorded_at), 0)::double precision,
    checkpoint.stopped_by is not null,
    (select count(*) from set_aside)
from checkpoint
cross join (select coalesce(max(position), 0) as position from public.event_log) as head
left join lateral (
    select recorded_at from public.event_log
    where public.event_log.position > checkpoint.position
    order by public.event_log.position
    limit 1
) as missing on true;
