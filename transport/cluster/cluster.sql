-- channel_key: with which the names of the channels begin on which our servers notify each other, and nobody else
select channel_key from public.database_access;

-- extend_lease: Of this server, which is registered if it is not, or no more; how many others live, and what time it is.
insert into public.node (node_id, lease_until, hears_by_key)
values (%(node)s, clock_timestamp() + make_interval(secs => %(seconds)s), true)
on conflict (node_id) do update set lease_until = excluded.lease_until
returning
    xmax = 0 as is_new,
    (
        select count(*) from public.node as other
        where other.node_id <> %(node)s and other.lease_until > clock_timestamp()
    ) as others,
    extract(epoch from clock_timestamp())::double precision as now;

-- expire_leases: How many servers there were whose lease is over; the others are told in which campaigns they had people.
with
dead as (delete from public.node where lease_until < clock_timestamp() returning node_id),
bereaved as (select distinct presence.campaign_id from public.presence inner join dead using (node_id)),
told as (select public.hint((select channel_key || '_presence' from public.database_access), %(node)s || ',' || campaign_id) from bereaved)
select (select count(*) from dead), (select count(*) from told);

-- move_people: Who is connected to this server now, and who no more; the others are told in which campaigns.
with
gone as (
    delete from public.presence using unnest(%(left_campaigns)s::uuid[], %(left_people)s::uuid[]) as one (campaign_id, person_id)
    where presence.campaign_id = one.campaign_id and presence.person_id = one.person_id and presence.node_id = %(node)s
),
come as (
    insert into public.presence (campaign_id, person_id, node_id)
    select one.campaign_id, one.person_id, %(node)s
    from unnest(%(campaigns)s::uuid[], %(people)s::uuid[]) as one (campaign_id, person_id)
    on conflict do nothing
)
select public.hint((select channel_key || '_presence' from public.database_access), said) from unnest(%(announcements)s::text[]) as said;

-- elsewhere: Who is connected to which of these campaigns at another server that lives.
select distinct presence.campaign_id, presence.person_id::text
from public.presence inner join public.node using (node_id)
where
    presence.campaign_id = any(%(campaigns)s::uuid[])
    and node.node_id <> %(node)s and node.lease_until > clock_timestamp();

-- retire: This server ends; who was still connected to it is gone. The next server that looks takes note of who does not come back.
with
gone as (update public.node set lease_until = '-infinity' where node_id = %(node)s returning node_id),
bereaved as (select distinct presence.campaign_id from public.presence inner join gone using (node_id))
select public.hint((select channel_key || '_presence' from public.database_access), %(node)s || ',' || campaign_id) from bereaved;

-- left_behind: Of the next campaigns, in which somebody is by the log: the session runs, and not all who came have left. One session of very many events counts as such unread.
with
looked as (
    select campaign.campaign_id, campaign_status.status in ('active', 'paused') and campaign.closed_at is null as is_live
    from public.campaign inner join public.campaign_status using (campaign_id)
    where campaign.campaign_id > %(after)s
    order by campaign.campaign_id
    limit %(most)s
)
select
    looked.campaign_id,
    looked.is_live and (
        (select max(version) from public.event_log where campaign_id = looked.campaign_id) - started.version > %(unread)s
        or exists (
            select from (
                select distinct on (move.person) move.is_here
                from (
                    select jsonb_array_elements_text(case when jsonb_typeof(started.data -> 'present') = 'array' then started.data -> 'present' else '[]' end) as person, started.version, true as is_here
                    union all
                    select data ->> 'player_id', version, type = 'player_joined'
                    from public.event_log
                    where campaign_id = looked.campaign_id and version > started.version and type in ('player_joined', 'player_left')
                ) as move
                order by move.person, move.version desc
            ) as last_move
            where last_move.is_here
        )
    ) as is_left_behind
from looked
left join lateral (
    select version, data from public.event_log
    where looked.is_live and campaign_id = looked.campaign_id and type = 'session_started'
    order by version desc
    limit 1
) as started on true
order by looked.campaign_id;
