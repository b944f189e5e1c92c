-- What analysts read. The schema analytics has views alone: those over the log are always up to date, the others show
-- tables that are fed from the log, in a schema of their own so that a second set can be filled beside the first.

create schema analytics;
create schema analytics_tables;

comment on schema analytics is 'The event log as relations for analysts. People are pseudonyms in it.';
comment on schema analytics_tables is 'Fed from the log, and shown by the views of analytics. Made anew by `fogbound project rebuild`.';

create table analytics_tables.session (
    session_id uuid primary key,
    campaign_id uuid not null,
    number integer not null,
    status text not null,
    status_since timestamptz not null,
    started_by uuid not null,
    started_at timestamptz not null,
    ended_at timestamptz,
    active_seconds double precision not null,
    paused_seconds double precision not null,
    first_version bigint not null,
    last_version bigint,
    position bigint not null
);

create index on analytics_tables.session (campaign_id, number);
create index on analytics_tables.session (started_at);
create unique index on analytics_tables.session (campaign_id) where ended_at is null;

create table analytics_tables.reveal (
    campaign_id uuid not null,
    hex text not null,
    audience text not null,
    session_id uuid,
    revealed_at timestamptz not null,
    event_id uuid not null,
    change_id uuid,
    position bigint not null,
    primary key (campaign_id, hex, audience)
);

create index on analytics_tables.reveal (session_id);

create table analytics_tables.staged_change (
    change_id uuid primary key,
    campaign_id uuid not null,
    session_id uuid,
    kind text not null,
    hexes integer not null,
    is_to_all boolean,
    players integer,
    staged_by uuid not null,
    staged_at timestamptz not null,
    outcome text not null,
    settled_at timestamptz,
    seconds double precision generated always as (extract(epoch from settled_at - staged_at)) stored,
    position bigint not null
);

create index on analytics_tables.staged_change (campaign_id, staged_at);

create table analytics_tables.attendance (
    event_id uuid not null,
    player_id uuid not null,
    campaign_id uuid not null,
    session_id uuid not null,
    came_at timestamptz not null,
    left_at timestamptz,
    seconds double precision generated always as (extract(epoch from left_at - came_at)) stored,
    position bigint not null,
    primary key (event_id, player_id)
);

create index on analytics_tables.attendance (session_id);
create index on analytics_tables.attendance (campaign_id) where left_at is null;

create table analytics_tables.terrain (
    campaign_id uuid not null,
    hex text not null,
    terrain text not null,
    set_at timestamptz not null,
    event_id uuid not null,
    change_id uuid,
    position bigint not null,
    primary key (campaign_id, hex)
);

-- Written in one transaction with the rows that it stands for.
create table analytics_tables.checkpoint (
    projection text primary key,
    position bigint not null default 0,
    stopped_by text
);

comment on column analytics_tables.checkpoint.position is 'All events up to it are in the table that the projection feeds.';
comment on column analytics_tables.checkpoint.stopped_by is 'Why the event after it can not be projected; null when it goes on.';

insert into analytics_tables.checkpoint (projection)
values ('session'), ('reveal'), ('staged_change'), ('attendance'), ('terrain');

create view analytics.session as select * from analytics_tables.session;
comment on view analytics.session is 'A row a session, from its start on.';
comment on column analytics.session.session_id is 'The session.';
comment on column analytics.session.campaign_id is 'The campaign.';
comment on column analytics.session.number is 'Which session of the campaign: 1, 2, 3 ...';
comment on column analytics.session.status is 'active, paused or ended.';
comment on column analytics.session.status_since is 'Since when it has that status.';
comment on column analytics.session.started_by is 'The DM who started it.';
comment on column analytics.session.started_at is 'When it began.';
comment on column analytics.session.ended_at is 'When it ended; null while it runs.';
comment on column analytics.session.active_seconds is 'How long it was active, up to status_since.';
comment on column analytics.session.paused_seconds is 'How long it was paused, up to status_since.';
comment on column analytics.session.first_version is 'The version of its start in the campaign.';
comment on column analytics.session.last_version is 'The version of its end; null while it runs. The events of the session are those between.';
comment on column analytics.session.position is 'Place in the whole log of the event that changed the row last.';

create view analytics.reveal as select * from analytics_tables.reveal;
comment on view analytics.reveal is 'A row a hex and audience: when it was shown to them for the first time.';
comment on column analytics.reveal.campaign_id is 'The campaign.';
comment on column analytics.reveal.hex is 'The hex, as q,r.';
comment on column analytics.reveal.audience is 'all, or the player whom it was shown to.';
comment on column analytics.reveal.session_id is 'The session it happened in; null between sessions.';
comment on column analytics.reveal.revealed_at is 'When it was shown.';
comment on column analytics.reveal.event_id is 'The event that showed it: hexes_revealed or changes_published.';
comment on column analytics.reveal.change_id is 'The staged change that showed it; null when it was shown at once.';
comment on column analytics.reveal.position is 'Place in the whole log of that event.';

create view analytics.staged_change as select * from analytics_tables.staged_change;
comment on view analytics.staged_change is 'A row a staged change, and what became of it.';
comment on column analytics.staged_change.change_id is 'The change: the event_id of its change_staged.';
comment on column analytics.staged_change.campaign_id is 'The campaign.';
comment on column analytics.staged_change.session_id is 'The session it was staged in; null between sessions.';
comment on column analytics.staged_change.kind is 'reveal or update.';
comment on column analytics.staged_change.hexes is 'How many hexes it names.';
comment on column analytics.staged_change.is_to_all is 'Whether all players are to be shown it; null for an update.';
comment on column analytics.staged_change.players is 'How many players are to be shown it; null when all are, and for an update.';
comment on column analytics.staged_change.staged_by is 'The DM who staged it.';
comment on column analytics.staged_change.staged_at is 'When it was staged.';
comment on column analytics.staged_change.outcome is 'pending, published, undone or discarded.';
comment on column analytics.staged_change.settled_at is 'When it was published, undone or dropped; null while it is pending.';
comment on column analytics.staged_change.seconds is 'From staged_at to settled_at; null while it is pending.';
comment on column analytics.staged_change.position is 'Place in the whole log of the event that changed the row last.';

create view analytics.attendance as select * from analytics_tables.attendance;
comment on view analytics.attendance is 'A row a stay of a player at the table in a session.';
comment on column analytics.attendance.event_id is 'The event that began it: session_started for who was there, or player_joined.';
comment on column analytics.attendance.player_id is 'The player.';
comment on column analytics.attendance.campaign_id is 'The campaign.';
comment on column analytics.attendance.session_id is 'The session.';
comment on column analytics.attendance.came_at is 'When the player came, or the session began.';
comment on column analytics.attendance.left_at is 'When the player left, or the session ended; null for who is there.';
comment on column analytics.attendance.seconds is 'From came_at to left_at; null for who is there.';
comment on column analytics.attendance.position is 'Place in the whole log of the event that changed the row last.';

create view analytics.terrain as select * from analytics_tables.terrain;
comment on view analytics.terrain is 'A row a hex whose terrain was ever set: what it is now, as the DM knows it.';
comment on column analytics.terrain.campaign_id is 'The campaign.';
comment on column analytics.terrain.hex is 'The hex, as q,r.';
comment on column analytics.terrain.terrain is 'Its terrain.';
comment on column analytics.terrain.set_at is 'When it was set last.';
comment on column analytics.terrain.event_id is 'The event that set it: hexes_updated or changes_published.';
comment on column analytics.terrain.change_id is 'The staged change that set it; null when it was set at once.';
comment on column analytics.terrain.position is 'Place in the whole log of that event.';

create view analytics.progress as select projection, position, stopped_by from analytics_tables.checkpoint;
comment on view analytics.progress is 'A row a table that is fed from the log: how far it is.';
comment on column analytics.progress.projection is 'The table.';
comment on column analytics.progress.position is 'All events up to this place in the whole log are in it.';
comment on column analytics.progress.stopped_by is 'Why the next event can not be brought into it; null when it goes on.';

create view analytics.event as
select
    position,
    campaign_id,
    version,
    event_id,
    session_id,
    type,
    actor,
    recorded_at,
    command_id,
    schema_version,
    data as payload
from public.event_log;

comment on view analytics.event is 'A row an event, of every kind.';
comment on column analytics.event.position is 'Place in the whole log: the order of commits. It has gaps.';
comment on column analytics.event.campaign_id is 'The campaign.';
comment on column analytics.event.version is 'Place in the campaign: 1, 2, 3 ... without gaps.';
comment on column analytics.event.event_id is 'The event.';
comment on column analytics.event.session_id is 'The session it happened in; null between sessions.';
comment on column analytics.event.type is 'The kind of event, for example hexes_revealed.';
comment on column analytics.event.actor is 'The person who caused it.';
comment on column analytics.event.recorded_at is 'When, by the clock of the server.';
comment on column analytics.event.command_id is 'The id that the client gave its command; null when it gave none.';
comment on column analytics.event.schema_version is 'Version of the shape in which it is stored, counted for each type.';
comment on column analytics.event.payload is 'Its fields, as they are stored.';

create view analytics.session_started as
select
    position,
    campaign_id,
    version,
    event_id,
    session_id,
    actor,
    recorded_at,
    command_id,
    schema_version,
    (data ->> 'number')::integer as number,
    array(select jsonb_array_elements_text(data -> 'present'))::uuid[] as present
from public.event_log
where type = 'session_started';

comment on view analytics.session_started is 'A session began.';
comment on column analytics.session_started.position is 'Place in the whole log: the order of commits. It has gaps.';
comment on column analytics.session_started.campaign_id is 'The campaign.';
comment on column analytics.session_started.version is 'Place in the campaign: 1, 2, 3 ... without gaps.';
comment on column analytics.session_started.event_id is 'The event.';
comment on column analytics.session_started.session_id is 'The session it happened in; null between sessions.';
comment on column analytics.session_started.actor is 'The person who caused it.';
comment on column analytics.session_started.recorded_at is 'When, by the clock of the server.';
comment on column analytics.session_started.command_id is 'The id that the client gave its command; null when it gave none.';
comment on column analytics.session_started.schema_version is 'Version of the shape in which it is stored, counted for each type.';
comment on column analytics.session_started.number is 'Which session of the campaign: 1, 2, 3 ...';
comment on column analytics.session_started.present is 'The players who were connected when it began.';

create view analytics.session_paused as
select
    position,
    campaign_id,
    version,
    event_id,
    session_id,
    actor,
    recorded_at,
    command_id,
    schema_version
from public.event_log
where type = 'session_paused';

comment on view analytics.session_paused is 'The session was paused.';
comment on column analytics.session_paused.position is 'Place in the whole log: the order of commits. It has gaps.';
comment on column analytics.session_paused.campaign_id is 'The campaign.';
comment on column analytics.session_paused.version is 'Place in the campaign: 1, 2, 3 ... without gaps.';
comment on column analytics.session_paused.event_id is 'The event.';
comment on column analytics.session_paused.session_id is 'The session it happened in; null between sessions.';
comment on column analytics.session_paused.actor is 'The person who caused it.';
comment on column analytics.session_paused.recorded_at is 'When, by the clock of the server.';
comment on column analytics.session_paused.command_id is 'The id that the client gave its command; null when it gave none.';
comment on column analytics.session_paused.schema_version is 'Version of the shape in which it is stored, counted for each type.';

create view analytics.session_resumed as
select
    position,
    campaign_id,
    version,
    event_id,
    session_id,
    actor,
    recorded_at,
    command_id,
    schema_version
from public.event_log
where type = 'session_resumed';

comment on view analytics.session_resumed is 'The session went on.';
comment on column analytics.session_resumed.position is 'Place in the whole log: the order of commits. It has gaps.';
comment on column analytics.session_resumed.campaign_id is 'The campaign.';
comment on column analytics.session_resumed.version is 'Place in the campaign: 1, 2, 3 ... without gaps.';
comment on column analytics.session_resumed.event_id is 'The event.';
comment on column analytics.session_resumed.session_id is 'The session it happened in; null between sessions.';
comment on column analytics.session_resumed.actor is 'The person who caused it.';
comment on column analytics.session_resumed.recorded_at is 'When, by the clock of the server.';
comment on column analytics.session_resumed.command_id is 'The id that the client gave its command; null when it gave none.';
comment on column analytics.session_resumed.schema_version is 'Version of the shape in which it is stored, counted for each type.';

create view analytics.session_ended as
select
    position,
    campaign_id,
    version,
    event_id,
    session_id,
    actor,
    recorded_at,
    command_id,
    schema_version
from public.event_log
where type = 'session_ended';

comment on view analytics.session_ended is 'The session ended.';
comment on column analytics.session_ended.position is 'Place in the whole log: the order of commits. It has gaps.';
comment on column analytics.session_ended.campaign_id is 'The campaign.';
comment on column analytics.session_ended.version is 'Place in the campaign: 1, 2, 3 ... without gaps.';
comment on column analytics.session_ended.event_id is 'The event.';
comment on column analytics.session_ended.session_id is 'The session it happened in; null between sessions.';
comment on column analytics.session_ended.actor is 'The person who caused it.';
comment on column analytics.session_ended.recorded_at is 'When, by the clock of the server.';
comment on column analytics.session_ended.command_id is 'The id that the client gave its command; null when it gave none.';
comment on column analytics.session_ended.schema_version is 'Version of the shape in which it is stored, counted for each type.';

create view analytics.broadcast_mode_changed as
select
    position,
    campaign_id,
    version,
    event_id,
    session_id,
    actor,
    recorded_at,
    command_id,
    schema_version,
    data ->> 'mode' as mode
from public.event_log
where type = 'broadcast_mode_changed';

comment on view analytics.broadcast_mode_changed is 'The DM began or ended to stage changes.';
comment on column analytics.broadcast_mode_changed.position is 'Place in the whole log: the order of commits. It has gaps.';
comment on column analytics.broadcast_mode_changed.campaign_id is 'The campaign.';
comment on column analytics.broadcast_mode_changed.version is 'Place in the campaign: 1, 2, 3 ... without gaps.';
comment on column analytics.broadcast_mode_changed.event_id is 'The event.';
comment on column analytics.broadcast_mode_changed.session_id is 'The session it happened in; null between sessions.';
comment on column analytics.broadcast_mode_changed.actor is 'The person who caused it.';
comment on column analytics.broadcast_mode_changed.recorded_at is 'When, by the clock of the server.';
comment on column analytics.broadcast_mode_changed.command_id is 'The id that the client gave its command; null when it gave none.';
comment on column analytics.broadcast_mode_changed.schema_version is 'Version of the shape in which it is stored, counted for each type.';
comment on column analytics.broadcast_mode_changed.mode is 'immediate: changes show at once; staged: they wait to be published.';

create view analytics.hexes_revealed as
select
    position,
    campaign_id,
    version,
    event_id,
    session_id,
    actor,
    recorded_at,
    command_id,
    schema_version,
    array(select jsonb_array_elements_text(data -> 'hex_keys')) as hex_keys,
    data -> 'audience' = '"all"' as is_to_all,
    case when jsonb_typeof(data -> 'audience') = 'array' then array(select jsonb_array_elements_text(data -> 'audience'))::uuid[] end as player_ids
from public.event_log
where type = 'hexes_revealed';

comment on view analytics.hexes_revealed is 'Hexes were shown at once.';
comment on column analytics.hexes_revealed.position is 'Place in the whole log: the order of commits. It has gaps.';
comment on column analytics.hexes_revealed.campaign_id is 'The campaign.';
comment on column analytics.hexes_revealed.version is 'Place in the campaign: 1, 2, 3 ... without gaps.';
comment on column analytics.hexes_revealed.event_id is 'The event.';
comment on column analytics.hexes_revealed.session_id is 'The session it happened in; null between sessions.';
comment on column analytics.hexes_revealed.actor is 'The person who caused it.';
comment on column analytics.hexes_revealed.recorded_at is 'When, by the clock of the server.';
comment on column analytics.hexes_revealed.command_id is 'The id that the client gave its command; null when it gave none.';
comment on column analytics.hexes_revealed.schema_version is 'Version of the shape in which it is stored, counted for each type.';
comment on column analytics.hexes_revealed.hex_keys is 'The hexes, as q,r.';
comment on column analytics.hexes_revealed.is_to_all is 'Whether all players of the campaign are shown it, those who join later too; null: it shows nothing.';
comment on column analytics.hexes_revealed.player_ids is 'The players who are shown it; null when all are.';

create view analytics.hexes_updated as
select
    position,
    campaign_id,
    version,
    event_id,
    session_id,
    actor,
    recorded_at,
    command_id,
    schema_version,
    array(select pair ->> 0 from jsonb_array_elements(data -> 'changes') as pair) as hex_keys,
    array(select pair ->> 1 from jsonb_array_elements(data -> 'changes') as pair) as terrains,
    array(select pair ->> 0 from jsonb_array_elements(data -> 'variants') as pair) as variant_hex_keys,
    array(select pair ->> 1 from jsonb_array_elements(data -> 'variants') as pair) as variants,
    data -> 'grid' ->> 'name' as grid_name,
    (data -> 'grid' ->> 'width')::integer as grid_width,
    (data -> 'grid' ->> 'height')::integer as grid_height,
    (data -> 'grid' ->> 'hex_size')::double precision as grid_hex_size,
    data -> 'grid' ->> 'orientation' as grid_orientation
from public.event_log
where type = 'hexes_updated';

comment on view analytics.hexes_updated is 'Terrain was set at once, also by the import of a map, in parts.';
comment on column analytics.hexes_updated.position is 'Place in the whole log: the order of commits. It has gaps.';
comment on column analytics.hexes_updated.campaign_id is 'The campaign.';
comment on column analytics.hexes_updated.version is 'Place in the campaign: 1, 2, 3 ... without gaps.';
comment on column analytics.hexes_updated.event_id is 'The event.';
comment on column analytics.hexes_updated.session_id is 'The session it happened in; null between sessions.';
comment on column analytics.hexes_updated.actor is 'The person who caused it.';
comment on column analytics.hexes_updated.recorded_at is 'When, by the clock of the server.';
comment on column analytics.hexes_updated.command_id is 'The id that the client gave its command; null when it gave none.';
comment on column analytics.hexes_updated.schema_version is 'Version of the shape in which it is stored, counted for each type.';
comment on column analytics.hexes_updated.hex_keys is 'The hexes, as q,r.';
comment on column analytics.hexes_updated.terrains is 'The terrain of each of hex_keys.';
comment on column analytics.hexes_updated.variant_hex_keys is 'The hexes of an imported map that have a variant.';
comment on column analytics.hexes_updated.variants is 'Which picture of its terrain each of variant_hex_keys has.';
comment on column analytics.hexes_updated.grid_name is 'The name of an imported map; null beyond the first part of an import.';
comment on column analytics.hexes_updated.grid_width is 'Hexes from left to right.';
comment on column analytics.hexes_updated.grid_height is 'Hexes from top to bottom.';
comment on column analytics.hexes_updated.grid_hex_size is 'The editor''s pixels a hex.';
comment on column analytics.hexes_updated.grid_orientation is 'flat or pointy: what is at the top of a hex.';

create view analytics.change_staged as
select
    position,
    campaign_id,
    version,
    event_id,
    session_id,
    actor,
    recorded_at,
    command_id,
    schema_version,
    array(select jsonb_array_elements_text(data -> 'change' -> 'hex_keys')) || array(select pair ->> 0 from jsonb_array_elements(data -> 'change' -> 'changes') as pair) as hex_keys,
    data -> 'change' -> 'audience' = '"all"' as is_to_all,
    case when jsonb_typeof(data -> 'change' -> 'audience') = 'array' then array(select jsonb_array_elements_text(data -> 'change' -> 'audience'))::uuid[] end as player_ids,
    data -> 'change' ->> 'kind' as kind,
    array(select pair ->> 1 from jsonb_array_elements(data -> 'change' -> 'changes') as pair) as terrains
from public.event_log
where type = 'change_staged';

comment on view analytics.change_staged is 'A change was put on the list of what is to happen. Its event_id is the id of the change.';
comment on column analytics.change_staged.position is 'Place in the whole log: the order of commits. It has gaps.';
comment on column analytics.change_staged.campaign_id is 'The campaign.';
comment on column analytics.change_staged.version is 'Place in the campaign: 1, 2, 3 ... without gaps.';
comment on column analytics.change_staged.event_id is 'The event.';
comment on column analytics.change_staged.session_id is 'The session it happened in; null between sessions.';
comment on column analytics.change_staged.actor is 'The person who caused it.';
comment on column analytics.change_staged.recorded_at is 'When, by the clock of the server.';
comment on column analytics.change_staged.command_id is 'The id that the client gave its command; null when it gave none.';
comment on column analytics.change_staged.schema_version is 'Version of the shape in which it is stored, counted for each type.';
comment on column analytics.change_staged.hex_keys is 'The hexes, as q,r.';
comment on column analytics.change_staged.is_to_all is 'Whether all players of the campaign are shown it, those who join later too; null: it shows nothing.';
comment on column analytics.change_staged.player_ids is 'The players who are shown it; null when all are.';
comment on column analytics.change_staged.kind is 'reveal or update.';
comment on column analytics.change_staged.terrains is 'The terrain of each of hex_keys.';

create view analytics.change_undone as
select
    position,
    campaign_id,
    version,
    event_id,
    session_id,
    actor,
    recorded_at,
    command_id,
    schema_version,
    (data ->> 'change_id')::uuid as change_id
from public.event_log
where type = 'change_undone';

comment on view analytics.change_undone is 'A staged change was taken back.';
comment on column analytics.change_undone.position is 'Place in the whole log: the order of commits. It has gaps.';
comment on column analytics.change_undone.campaign_id is 'The campaign.';
comment on column analytics.change_undone.version is 'Place in the campaign: 1, 2, 3 ... without gaps.';
comment on column analytics.change_undone.event_id is 'The event.';
comment on column analytics.change_undone.session_id is 'The session it happened in; null between sessions.';
comment on column analytics.change_undone.actor is 'The person who caused it.';
comment on column analytics.change_undone.recorded_at is 'When, by the clock of the server.';
comment on column analytics.change_undone.command_id is 'The id that the client gave its command; null when it gave none.';
comment on column analytics.change_undone.schema_version is 'Version of the shape in which it is stored, counted for each type.';
comment on column analytics.change_undone.change_id is 'The staged change: the event_id of its change_staged.';

create view analytics.changes_published as
select
    position,
    campaign_id,
    version,
    event_id,
    session_id,
    actor,
    recorded_at,
    command_id,
    schema_version,
    array(select jsonb_array_elements_text(data -> 'change_ids'))::uuid[] as change_ids
from public.event_log
where type = 'changes_published';

comment on view analytics.changes_published is 'All staged changes took effect.';
comment on column analytics.changes_published.position is 'Place in the whole log: the order of commits. It has gaps.';
comment on column analytics.changes_published.campaign_id is 'The campaign.';
comment on column analytics.changes_published.version is 'Place in the campaign: 1, 2, 3 ... without gaps.';
comment on column analytics.changes_published.event_id is 'The event.';
comment on column analytics.changes_published.session_id is 'The session it happened in; null between sessions.';
comment on column analytics.changes_published.actor is 'The person who caused it.';
comment on column analytics.changes_published.recorded_at is 'When, by the clock of the server.';
comment on column analytics.changes_published.command_id is 'The id that the client gave its command; null when it gave none.';
comment on column analytics.changes_published.schema_version is 'Version of the shape in which it is stored, counted for each type.';
comment on column analytics.changes_published.change_ids is 'The staged changes, in the order of staging.';

create view analytics.changes_discarded as
select
    position,
    campaign_id,
    version,
    event_id,
    session_id,
    actor,
    recorded_at,
    command_id,
    schema_version,
    array(select jsonb_array_elements_text(data -> 'change_ids'))::uuid[] as change_ids
from public.event_log
where type = 'changes_discarded';

comment on view analytics.changes_discarded is 'Staged changes were dropped: the session ended, or the DM went back to immediate.';
comment on column analytics.changes_discarded.position is 'Place in the whole log: the order of commits. It has gaps.';
comment on column analytics.changes_discarded.campaign_id is 'The campaign.';
comment on column analytics.changes_discarded.version is 'Place in the campaign: 1, 2, 3 ... without gaps.';
comment on column analytics.changes_discarded.event_id is 'The event.';
comment on column analytics.changes_discarded.session_id is 'The session it happened in; null between sessions.';
comment on column analytics.changes_discarded.actor is 'The person who caused it.';
comment on column analytics.changes_discarded.recorded_at is 'When, by the clock of the server.';
comment on column analytics.changes_discarded.command_id is 'The id that the client gave its command; null when it gave none.';
comment on column analytics.changes_discarded.schema_version is 'Version of the shape in which it is stored, counted for each type.';
comment on column analytics.changes_discarded.change_ids is 'The staged changes, in the order of staging.';

create view analytics.player_joined as
select
    position,
    campaign_id,
    version,
    event_id,
    session_id,
    actor,
    recorded_at,
    command_id,
    schema_version,
    (data ->> 'player_id')::uuid as player_id
from public.event_log
where type = 'player_joined';

comment on view analytics.player_joined is 'A player came to the table.';
comment on column analytics.player_joined.position is 'Place in the whole log: the order of commits. It has gaps.';
comment on column analytics.player_joined.campaign_id is 'The campaign.';
comment on column analytics.player_joined.version is 'Place in the campaign: 1, 2, 3 ... without gaps.';
comment on column analytics.player_joined.event_id is 'The event.';
comment on column analytics.player_joined.session_id is 'The session it happened in; null between sessions.';
comment on column analytics.player_joined.actor is 'The person who caused it.';
comment on column analytics.player_joined.recorded_at is 'When, by the clock of the server.';
comment on column analytics.player_joined.command_id is 'The id that the client gave its command; null when it gave none.';
comment on column analytics.player_joined.schema_version is 'Version of the shape in which it is stored, counted for each type.';
comment on column analytics.player_joined.player_id is 'The player.';

create view analytics.player_left as
select
    position,
    campaign_id,
    version,
    event_id,
    session_id,
    actor,
    recorded_at,
    command_id,
    schema_version,
    (data ->> 'player_id')::uuid as player_id
from public.event_log
where type = 'player_left';

comment on view analytics.player_left is 'A player left the table.';
comment on column analytics.player_left.position is 'Place in the whole log: the order of commits. It has gaps.';
comment on column analytics.player_left.campaign_id is 'The campaign.';
comment on column analytics.player_left.version is 'Place in the campaign: 1, 2, 3 ... without gaps.';
comment on column analytics.player_left.event_id is 'The event.';
comment on column analytics.player_left.session_id is 'The session it happened in; null between sessions.';
comment on column analytics.player_left.actor is 'The person who caused it.';
comment on column analytics.player_left.recorded_at is 'When, by the clock of the server.';
comment on column analytics.player_left.command_id is 'The id that the client gave its command; null when it gave none.';
comment on column analytics.player_left.schema_version is 'Version of the shape in which it is stored, counted for each type.';
comment on column analytics.player_left.player_id is 'The player.';

-- Roles belong to the whole cluster: another database may have made it. Its members are made by `fogbound analyst create`.
do $$
begin
    if not exists (select from pg_roles where rolname = 'fogbound_analyst') then
        create role fogbound_analyst nologin;
    end if;
exception
    when duplicate_object or unique_violation then null;
end
$$;

grant usage on schema analytics to fogbound_analyst;
grant select on all tables in schema analytics to fogbound_analyst;
alter default privileges in schema analytics grant select on tables to fogbound_analyst;
