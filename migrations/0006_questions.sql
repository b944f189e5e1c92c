-- Views for what analysts ask most. They stand on the views of migration 5, which stay when the tables are made anew.

-- How long surprises wait, of millions: read in order, and not sorted first. Without it a second, with it a third of one.
-- Meanwhile the feeding waits, and nobody else writes here.
-- squawk-ignore require-concurrent-index-creation
create index on analytics_tables.staged_change (outcome, kind, seconds);


create view analytics.discovery as
select
    reveal.campaign_id,
    reveal.session_id,
    reveal.hex,
    reveal.audience,
    reveal.revealed_at,
    reveal.change_id is not null as was_staged
from analytics.reveal
where
    reveal.audience = 'all'
    or not exists (
        select from analytics.reveal as before
        where
            before.campaign_id = reveal.campaign_id
            and before.hex = reveal.hex
            and before.audience = 'all'
            and before.position < reveal.position
    );

comment on view analytics.discovery is
'A row a hex that was new to somebody: reveals to some players of what all had been shown before are left out.';
comment on column analytics.discovery.campaign_id is 'The campaign.';
comment on column analytics.discovery.session_id is 'The session it happened in; null between sessions.';
comment on column analytics.discovery.hex is 'The hex, as q,r.';
comment on column analytics.discovery.audience is 'all, or the id of a player.';
comment on column analytics.discovery.revealed_at is 'When it was shown.';
comment on column analytics.discovery.was_staged is 'Whether it had been staged, and came with a publish.';


create view analytics.evening as
select
    session.campaign_id,
    session.session_id,
    session.number,
    session.started_at,
    session.ended_at,
    session.active_seconds / 3600 as active_hours,
    session.paused_seconds / 3600 as paused_hours,
    there.people,
    discovered.hexes as new_hexes,
    discovered.hexes * 3600 / nullif(session.active_seconds, 0) as hexes_per_hour
from analytics.session
cross join lateral (
    select count(distinct attendance.player_id) as people from analytics.attendance
    where attendance.session_id = session.session_id
) as there
cross join lateral (
    select count(distinct discovery.hex) as hexes from analytics.discovery
    where discovery.session_id = session.session_id
) as discovered;

comment on view analytics.evening is 'A row a session: how long it was, who came, how fast the land was explored.';
comment on column analytics.evening.campaign_id is 'The campaign.';
comment on column analytics.evening.session_id is 'The session.';
comment on column analytics.evening.number is 'Which session of the campaign: 1, 2, 3 ...';
comment on column analytics.evening.started_at is 'When it began.';
comment on column analytics.evening.ended_at is 'When it ended; null while it runs.';
comment on column analytics.evening.active_hours is 'How long it was played, up to the last start, pause, resume or end.';
comment on column analytics.evening.paused_hours is 'How long it was paused, up to the same.';
comment on column analytics.evening.people is 'How many were at the table for some time, DMs among them.';
comment on column analytics.evening.new_hexes is 'How many hexes were new to somebody.';
comment on column analytics.evening.hexes_per_hour is 'new_hexes by active_hours; null when it was not played for any time.';


create view analytics.staging as
select
    campaign_id,
    session_id,
    count(*) filter (where outcome is null) as immediate,
    count(outcome) as staged,
    count(*) filter (where outcome = 'published') as published,
    count(*) filter (where outcome = 'undone') as undone,
    count(*) filter (where outcome = 'discarded') as discarded,
    count(*) filter (where outcome = 'pending') as pending,
    count(outcome)::double precision / count(*) as staged_share,
    percentile_cont(0.5) within group (order by seconds) filter (where outcome = 'published') as median_seconds
from (
    select
        campaign_id,
        session_id,
        null as outcome,
        null::double precision as seconds
    from analytics.event
    where type in ('hexes_revealed', 'hexes_updated')
    union all
    select
        campaign_id,
        session_id,
        outcome,
        seconds
    from analytics.staged_change
) as change
group by campaign_id, session_id;

comment on view analytics.staging is 'A row a session, and one for the times between: what was done at once, and what became of what was staged.';
comment on column analytics.staging.campaign_id is 'The campaign.';
comment on column analytics.staging.session_id is 'The session in which it was done or staged; null between sessions.';
comment on column analytics.staging.immediate is 'Reveals and updates that took effect at once; each part of an imported map is one.';
comment on column analytics.staging.staged is 'Reveals and updates that were staged.';
comment on column analytics.staging.published is 'How many of them took effect.';
comment on column analytics.staging.undone is 'How many of them were taken back.';
comment on column analytics.staging.discarded is 'How many of them were dropped, by the end of the session or a change of the mode.';
comment on column analytics.staging.pending is 'How many of them wait.';
comment on column analytics.staging.staged_share is 'staged by the sum of immediate and staged: 0 to 1.';
comment on column analytics.staging.median_seconds is 'From the staging to the publish, for half of those published at most this long; null when none was.';


create view analytics.split as
select
    campaign_id,
    session_id,
    count(*) as new_hexes,
    count(*) filter (where not is_for_all) as for_some,
    count(*) filter (where not is_for_all)::double precision / count(*) as split_share
from (
    select
        campaign_id,
        session_id,
        hex,
        bool_or(audience = 'all') as is_for_all
    from analytics.discovery
    group by campaign_id, session_id, hex
) as hexes
group by campaign_id, session_id;

comment on view analytics.split is
'A row a session with discoveries, and one for the times between: how far the party went separate ways.';
comment on column analytics.split.campaign_id is 'The campaign.';
comment on column analytics.split.session_id is 'The session; null between sessions.';
comment on column analytics.split.new_hexes is 'How many hexes were new to somebody.';
comment on column analytics.split.for_some is 'How many of them were not shown to all by the end of the session.';
comment on column analytics.split.split_share is 'for_some by new_hexes: 0 to 1.';


create view analytics.exploration as
select
    campaign_id,
    terrain,
    count(*) as hexes,
    count(*) filter (where is_known) as known,
    count(*) filter (where is_known)::double precision / count(*) as known_share
from (
    select
        terrain.campaign_id,
        terrain.terrain,
        exists (
            select from analytics.reveal
            where reveal.campaign_id = terrain.campaign_id and reveal.hex = terrain.hex
        ) as is_known
    from analytics.terrain
) as hexes
group by campaign_id, terrain;

comment on view analytics.exploration is 'A row a terrain of a campaign: how much of it has been shown to somebody.';
comment on column analytics.exploration.campaign_id is 'The campaign.';
comment on column analytics.exploration.terrain is 'The terrain, as it is now.';
comment on column analytics.exploration.hexes is 'How many hexes of it there are; without those that never got a terrain.';
comment on column analytics.exploration.known is 'How many of them somebody was shown.';
comment on column analytics.exploration.known_share is 'known by hexes: 0 to 1.';

-- Who migrates now may be somebody else than who set the default privileges.
grant select on all tables in schema analytics to fogbound_analyst;
