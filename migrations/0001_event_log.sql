-- The log: one append-only stream of events a campaign, in one table that analysts can query as it is.

create table event_log (
    position bigint generated always as identity primary key,
    campaign_id uuid not null,
    version bigint not null check (version >= 1),
    event_id uuid not null unique,
    type text not null,
    schema_version integer not null,
    recorded_at timestamptz not null,
    actor uuid not null,
    session_id uuid,
    command_id text,
    data jsonb not null,
    unique (campaign_id, version)
);

comment on table event_log is 'Every event of every campaign; a stream is a campaign.';
comment on column event_log.position is 'Global order; equals the order of commits, may have gaps.';
comment on column event_log.version is 'Position in the stream of the campaign: 1, 2, 3 ... without gaps.';
comment on column event_log.event_id is 'Random; the only identity of an event that viewers may see.';
comment on column event_log.type is 'Stable short name of the kind of event, for example hexes_revealed.';
comment on column event_log.schema_version is 'Version of the shape of data, counted for each type.';
comment on column event_log.actor is 'The person who caused it.';
comment on column event_log.session_id is 'The session it happened in; null between sessions.';
comment on column event_log.command_id is 'The id that the client gave its command; null when it gave none.';

-- A command that is sent twice is executed once, over restarts too. changes_discarded only ever
-- accompanies another event of the same command, so it is left out of the key.
create unique index event_log_command_once on event_log (campaign_id, command_id)
where command_id is not null and type <> 'changes_discarded';

-- What a campaign is doing now is its newest event of these; there are few of them.
create index event_log_lifecycle on event_log (campaign_id, version)
where type in ('session_started', 'session_paused', 'session_resumed', 'session_ended');

create function event_log_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'event_log is append-only: % is refused', tg_op using errcode = 'insufficient_privilege';
end
$$;

create trigger event_log_refuses_change before update or delete or truncate on event_log
for each statement execute function event_log_is_append_only();

-- The same log in the shape that the eventsourcing library reads.
create view stored_events as
select
    campaign_id as originator_id,
    version as originator_version,
    type as topic,
    convert_to(
        (data || jsonb_build_object(
            'originator_id', campaign_id,
            'originator_version', version,
            'timestamp', recorded_at,
            'event_id', event_id,
            'actor', actor,
            'session_id', session_id,
            'command_id', command_id,
            'schema_version', schema_version
        ))::text, 'UTF8'
    ) as state,
    position as notification_id
from event_log;

-- A cache: any row may be deleted at any time.
create table snapshot (
    campaign_id uuid primary key,
    version bigint not null,
    shape text not null,
    taken_at timestamptz not null default now(),
    state bytea not null
);

comment on table snapshot is 'The newest folded state of long streams; only a cache of the log.';
comment on column snapshot.shape is 'Fingerprint of the code that wrote state; another one is not read.';
