-- newest_snapshot: the last snapshot of a campaign up to a version, of those that code of the same shape wrote
select state from public.keyframe
where campaign_id = %(campaign)s and shape = %(shape)s and version <= %(up_to)s
order by version desc
limit 1;

-- claim_snapshots: a row if this transaction may add the next snapshot of a campaign; another server's may do so just now
select slot from public.snapshot_turn
where slot = get_byte(uuid_send(%(campaign)s), 15)
for update skip locked;

-- newest_version: of the snapshots that code of the same shape wrote; 0 for none
select coalesce(max(version), 0) from public.keyframe
where campaign_id = %(campaign)s and shape = %(shape)s;

-- keep_snapshot: one more of a campaign; those that code of another shape left behind a while ago are of no use
with outdated as (
    delete from public.keyframe
    where campaign_id = %(campaign)s and shape <> %(shape)s and version <> %(version)s
        and taken_at < now() - interval '1 day'
)
insert into public.keyframe (campaign_id, version, shape, state)
values (%(campaign)s, %(version)s, %(shape)s, %(state)s)
on conflict (campaign_id, version) do update
set shape = excluded.shape, state = excluded.state, taken_at = now()
where keyframe.shape <> excluded.shape;
