-- evenings: the sessions of a campaign, in their order; one that runs is told up to now, by the database's clock, which may be behind that of a server
select
    number,
    session_id,
    started_at,
    coalesce(ended_at, greatest(now(), started_at)),
    (active_seconds + case status when 'active' then greatest(extract(epoch from now() - status_since), 0) else 0 end) / 3600,
    (paused_seconds + case status when 'paused' then greatest(extract(epoch from now() - status_since), 0) else 0 end) / 3600
from analytics.session
where campaign_id = %(campaign)s
order by number;

-- stays: who was at the table in which session, and for how long; those who are there now until now
select session_id, player_id::text, sum(coalesce(seconds, greatest(extract(epoch from now() - came_at), 0)))
from analytics.attendance
where campaign_id = %(campaign)s
group by session_id, player_id;

-- reveals: which hex was shown to whom when, and whether it had been staged
select hex, audience, session_id, revealed_at, change_id is not null
from analytics.reveal
where campaign_id = %(campaign)s
order by position;

-- staged: when each change was staged and what became of it
select staged_at, outcome, seconds
from analytics.staged_change
where campaign_id = %(campaign)s
order by staged_at;

-- lands: the terrain of each hex
select hex, terrain from analytics.terrain
where campaign_id = %(campaign)s;

-- dms: who changed anything
select distinct actor::text from analytics.event
where
    campaign_id = %(campaign)s
    and type in ('session_started', 'hexes_revealed', 'hexes_updated', 'change_staged', 'broadcast_mode_changed');

-- orientation: of the map that was imported last
select grid_orientation from analytics.hexes_updated
where campaign_id = %(campaign)s and grid_orientation is not null
order by position desc
limit 1;

-- behind: how many events of the campaign are not in the tables yet
select count(*) from analytics.event
where
    campaign_id = %(campaign)s
    and (
        position > (select min(position) from analytics.progress)
        or version > (select version from analytics.set_aside where campaign_id = %(campaign)s)
    );

-- newest_position: that of the campaign's newest event
select coalesce((
    select position from analytics.event
    where campaign_id = %(campaign)s
    order by version desc
    limit 1
), 0);

-- fed_up_to: how far all tables are that go on
select coalesce(min(position), 9223372036854775807) from analytics.progress
where stopped_by is null;

-- patient: for what follows in the transaction
select set_config('statement_timeout', '0', true);

-- months: all campaigns together, month by month
select
    date_trunc('month', started_at at time zone 'UTC') as month,
    count(*) as evenings,
    count(distinct campaign_id) as campaigns,
    sum(active_seconds) / 3600 as active_hours,
    sum(paused_seconds) / 3600 as paused_hours
from analytics.session
group by month
order by month;

-- outcomes: the same for what was staged
select
    date_trunc('month', staged_at at time zone 'UTC') as month,
    outcome,
    count(*)
from analytics.staged_change
group by month, outcome
order by month;

-- shown: and for the hexes that were shown to somebody, staged or at once
select
    date_trunc('month', revealed_at at time zone 'UTC') as month,
    change_id is not null as was_staged,
    count(*)
from analytics.reveal
group by month, was_staged
order by month;

-- waits: how long changes waited for their publish, in steps that double
select
    floor(log(2, greatest(seconds, 1)::numeric))::integer as step,
    count(*)
from analytics.staged_change
where outcome = 'published'
group by step
order by step;

-- median: how long they waited that were in the middle
select percentile_cont(0.5) within group (order by seconds) from analytics.staged_change
where outcome = 'published';

-- campaigns: those that were played longest
select
    campaign_id,
    count(*) as evenings,
    sum(active_seconds) / 3600 as hours,
    min(started_at) as first,
    max(started_at) as last
from analytics.session
group by campaign_id
order by hours desc
limit 20;
