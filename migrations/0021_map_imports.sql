-- The parts of an imported map say to which import they belong, and how many hexes of it are still to come.

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
    array(select pair ->> 0 from jsonb_array_elements(data -> 'changes') as pair) as hex_keys,
    array(select pair ->> 1 from jsonb_array_elements(data -> 'changes') as pair) as terrains,
    array(select pair ->> 0 from jsonb_array_elements(data -> 'variants') as pair) as variant_hex_keys,
    array(select pair ->> 1 from jsonb_array_elements(data -> 'variants') as pair) as variants,
    data -> 'grid' ->> 'name' as grid_name,
    (data -> 'grid' ->> 'width')::integer as grid_width,
    (data -> 'grid' ->> 'height')::integer as grid_height,
    (data -> 'grid' ->> 'hex_size')::double precision as grid_hex_size,
    data -> 'grid' ->> 'orientation' as grid_orientation,
    (data -> 'part' ->> 'import_id')::uuid as import_id,
    data -> 'part' ->> 'file' as import_file,
    (data -> 'part' ->> 'number')::integer as import_number,
    (data -> 'part' ->> 'left')::integer as import_left,
    (data -> 'part' ->> 'takes_back')::boolean as import_takes_back,
    (data -> 'part' ->> 'pointy')::boolean as import_pointy
from public.event_log
where type = 'hexes_updated';

comment on column analytics.hexes_updated.import_id is 'The import of a map of which this is a part; null where a hex was set by hand, and of old imports.';
comment on column analytics.hexes_updated.import_file is 'The SHA-256 of the map file.';
comment on column analytics.hexes_updated.import_number is 'Which part of the import it is, or of taking it back: 1, 2, 3 ...';
comment on column analytics.hexes_updated.import_left is 'Hexes of the import that were still to come after this part; 0: it was the last.';
comment on column analytics.hexes_updated.import_takes_back is 'Whether the import was taken back: its hexes are as they were before it.';
comment on column analytics.hexes_updated.import_pointy is 'Whether these hexes had come with a map of pointy-topped ones before the import.';
