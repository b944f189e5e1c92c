-- Each part of an imported map says how the map is laid out: what a player knows of a map is told by the hexes that
-- this player knows, and these may be in any part.

comment on column analytics.hexes_updated.grid_name is
'The name of an imported map; null where a hex was set by hand, and of old imports beyond their first part.';
