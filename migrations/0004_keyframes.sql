-- Several folded states of a stream, so that any moment of the past is as near as the present.

-- A cache: any row may be deleted at any time.
create table keyframe (
    campaign_id uuid not null,
    version bigint not null,
    shape text not null,
    taken_at timestamptz not null default now(),
    state bytea not null,
    primary key (campaign_id, version)
);

comment on table keyframe is 'Folded states of long streams, at intervals; only a cache of the log.';
comment on column keyframe.shape is 'Fingerprint of the code that wrote state; another one is not read.';

comment on table snapshot is 'Not read any more: keyframe took its place. A server of before may still write to it.';
