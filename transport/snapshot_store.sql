-- newest_snapshot: the snapshot of a campaign, if it was written by code of the same shape
select state from snapshot where campaign_id = %s and shape = %s;

-- keep_snapshot: replaces the snapshot of a campaign unless a newer one of the same shape is there
insert into snapshot (campaign_id, version, shape, state) values (%s, %s, %s, %s)
on conflict (campaign_id) do update
set version = excluded.version, shape = excluded.shape, state = excluded.state, taken_at = now()
where snapshot.shape <> excluded.shape or snapshot.version < excluded.version;
