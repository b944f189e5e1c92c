-- newest_state: the last snapshot of a campaign up to a version, of those that code of the same shape wrote
select state from public.keyframe
where campaign_id = %(campaign)s and shape = %(shape)s and version <= %(up_to)s
order by version desc
limit 1;

-- newest_whole: the last from which a room can go on
select state, windows from public.keyframe
where campaign_id = %(campaign)s and shape = %(shape)s and windows is not null
order by version desc
limit 1;

-- claim_snapshots: a row if this transaction may add the next snapshot of a campaign; another server's may do so just now
select slot from public.snapshot_turn
where slot = get_byte(uuid_send(%(campaign)s), 15)
for update skip locked;

-- newest_version: of the whole snapshots that code of the same shape wrote; 0 for none
select coalesce(max(version), 0) from public.keyframe
where campaign_id = %(campaign)s and shape = %(shape)s and windows is not null;

-- keep_state: one more of a campaign, of a moment of the past; those that code of another shape left behind a while ago are of no use
with outdated as (
    delete from public.keyframe
    where campaign_id = %(campaign)s and shape <> %(shape)s and version <> %(version)s
        and taken_at < now() - interval '1 day'
)
insert into public.keyframe (campaign_id, version, shape, state)
values (%(campaign)s, %(version)s, %(shape)s, %(state)b)
on conflict (campaign_id, version) do update
set shape = excluded.shape, state = excluded.state, windows = null, taken_at = now()
where keyframe.shape <> excluded.shape;

-- keep_whole: one more from which a room can go on; of one that is older nobody needs more than the state
with outdated as (
    delete from public.keyframe
    where campaign_id = %(campaign)s and shape <> %(shape)s and version <> %(version)s
        and taken_at < now() - interval '1 day'
),

older as (
    update public.keyframe set windows = null
    where campaign_id = %(campaign)s and shape = %(shape)s and version < %(version)s and windows is not null
)

insert into public.keyframe (campaign_id, version, shape, state, windows)
values (%(campaign)s, %(version)s, %(shape)s, %(state)b, %(windows)b)
on conflict (campaign_id, version) do update
set shape = excluded.shape, state = excluded.state, windows = excluded.windows, taken_at = now();
