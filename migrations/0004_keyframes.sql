-- Several snapshots of a stream, so that any moment of the past is as near as the present.

alter table snapshot drop constraint snapshot_pkey;

alter table snapshot add primary key (campaign_id, version);

comment on table snapshot is 'Folded states of long streams, at intervals; only a cache of the log.';
