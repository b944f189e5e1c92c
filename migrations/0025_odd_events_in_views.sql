-- The views over the log read an odd event too: what cannot be read as the type of its column is null. Until here one such
-- event was an error for everybody who read the view, whichever campaign they asked for.

create or replace view analytics.session_started as
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
    case when data -> 'number' between '-2147483648' and '2147483647' then (data -> 'number')::integer end as number,
    array(select case when length(replace(one, '-', '')) = 32 and one !~ '[^0-9a-fA-F-]' then replace(one, '-', '')::uuid end from jsonb_array_elements_text(case when jsonb_typeof(data -> 'present') = 'array' then data -> 'present' end) as one) as present
from public.event_log
where type = 'session_started';

create or replace view analytics.hexes_revealed as
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
    array(select jsonb_array_elements_text(case when jsonb_typeof(data -> 'hex_keys') = 'array' then data -> 'hex_keys' end)) as hex_keys,
    data -> 'audience' = '"all"' as is_to_all,
    case when jsonb_typeof(data -> 'audience') = 'array' then array(select case when length(replace(one, '-', '')) = 32 and one !~ '[^0-9a-fA-F-]' then replace(one, '-', '')::uuid end from jsonb_array_elements_text(case when jsonb_typeof(data -> 'audience') = 'array' then data -> 'audience' end) as one) end as player_ids
from public.event_log
where type = 'hexes_revealed';

create or replace view analytics.hexes_updated as
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
    array(select pair ->> 0 from jsonb_array_elements(case when jsonb_typeof(data -> 'changes') = 'array' then data -> 'changes' end) as pair) as hex_keys,
    array(select pair ->> 1 from jsonb_array_elements(case when jsonb_typeof(data -> 'changes') = 'array' then data -> 'changes' end) as pair) as terrains,
    array(select pair ->> 0 from jsonb_array_elements(case when jsonb_typeof(data -> 'variants') = 'array' then data -> 'variants' end) as pair) as variant_hex_keys,
    array(select pair ->> 1 from jsonb_array_elements(case when jsonb_typeof(data -> 'variants') = 'array' then data -> 'variants' end) as pair) as variants,
    data -> 'grid' ->> 'name' as grid_name,
    case when data -> 'grid' -> 'width' between '-2147483648' and '2147483647' then (data -> 'grid' -> 'width')::integer end as grid_width,
    case when data -> 'grid' -> 'height' between '-2147483648' and '2147483647' then (data -> 'grid' -> 'height')::integer end as grid_height,
    case when data -> 'grid' -> 'hex_size' between '-1e300' and '1e300' then case when abs((data -> 'grid' -> 'hex_size')::numeric) > 1e-300 then (data -> 'grid' -> 'hex_size')::double precision else 0 end end as grid_hex_size,
    data -> 'grid' ->> 'orientation' as grid_orientation,
    case when length(replace(data -> 'part' ->> 'import_id', '-', '')) = 32 and data -> 'part' ->> 'import_id' !~ '[^0-9a-fA-F-]' then replace(data -> 'part' ->> 'import_id', '-', '')::uuid end as import_id,
    data -> 'part' ->> 'file' as import_file,
    case when data -> 'part' -> 'number' between '-2147483648' and '2147483647' then (data -> 'part' -> 'number')::integer end as import_number,
    case when data -> 'part' -> 'left' between '-2147483648' and '2147483647' then (data -> 'part' -> 'left')::integer end as import_left,
    case data -> 'part' -> 'takes_back' when 'true' then true when 'false' then false end as import_takes_back,
    case data -> 'part' -> 'pointy' when 'true' then true when 'false' then false end as import_pointy
from public.event_log
where type = 'hexes_updated';

create or replace view analytics.change_staged as
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
    array(select jsonb_array_elements_text(case when jsonb_typeof(data -> 'change' -> 'hex_keys') = 'array' then data -> 'change' -> 'hex_keys' end)) || array(select pair ->> 0 from jsonb_array_elements(case when jsonb_typeof(data -> 'change' -> 'changes') = 'array' then data -> 'change' -> 'changes' end) as pair) as hex_keys,
    data -> 'change' -> 'audience' = '"all"' as is_to_all,
    case when jsonb_typeof(data -> 'change' -> 'audience') = 'array' then array(select case when length(replace(one, '-', '')) = 32 and one !~ '[^0-9a-fA-F-]' then replace(one, '-', '')::uuid end from jsonb_array_elements_text(case when jsonb_typeof(data -> 'change' -> 'audience') = 'array' then data -> 'change' -> 'audience' end) as one) end as player_ids,
    data -> 'change' ->> 'kind' as kind,
    array(select pair ->> 1 from jsonb_array_elements(case when jsonb_typeof(data -> 'change' -> 'changes') = 'array' then data -> 'change' -> 'changes' end) as pair) as terrains
from public.event_log
where type = 'change_staged';

create or replace view analytics.change_undone as
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
    case when length(replace(data ->> 'change_id', '-', '')) = 32 and data ->> 'change_id' !~ '[^0-9a-fA-F-]' then replace(data ->> 'change_id', '-', '')::uuid end as change_id
from public.event_log
where type = 'change_undone';

create or replace view analytics.changes_published as
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
    array(select case when length(replace(one, '-', '')) = 32 and one !~ '[^0-9a-fA-F-]' then replace(one, '-', '')::uuid end from jsonb_array_elements_text(case when jsonb_typeof(data -> 'change_ids') = 'array' then data -> 'change_ids' end) as one) as change_ids
from public.event_log
where type = 'changes_published';

create or replace view analytics.changes_discarded as
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
    array(select case when length(replace(one, '-', '')) = 32 and one !~ '[^0-9a-fA-F-]' then replace(one, '-', '')::uuid end from jsonb_array_elements_text(case when jsonb_typeof(data -> 'change_ids') = 'array' then data -> 'change_ids' end) as one) as change_ids
from public.event_log
where type = 'changes_discarded';

create or replace view analytics.player_joined as
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
    case when length(replace(data ->> 'player_id', '-', '')) = 32 and data ->> 'player_id' !~ '[^0-9a-fA-F-]' then replace(data ->> 'player_id', '-', '')::uuid end as player_id
from public.event_log
where type = 'player_joined';

create or replace view analytics.player_left as
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
    case when length(replace(data ->> 'player_id', '-', '')) = 32 and data ->> 'player_id' !~ '[^0-9a-fA-F-]' then replace(data ->> 'player_id', '-', '')::uuid end as player_id
from public.event_log
where type = 'player_left';
