-- What analysts read of each relation, in words that are understood at once.

comment on view analytics.event is 'One row per event, of every kind.';
comment on view analytics.session is 'One row per session, from its start on.';
comment on view analytics.reveal is 'One row per hex and audience: when this audience was first shown the hex.';
comment on view analytics.terrain is
'One row per hex whose terrain was ever set: its terrain now, as the DM knows it.';
comment on view analytics.staged_change is 'One row per staged change, and what became of it.';
comment on view analytics.attendance is 'One row per stay of a player at the table in a session.';
comment on view analytics.progress is 'One row per table that is fed from the log: how far it is.';
comment on view analytics.set_aside is
'One row per campaign that is set aside: one of its events cannot be brought into the tables, so they do not go on with it.';
comment on view analytics.evening is
'One row per session: how long it was, who came, how fast the land was explored.';
comment on view analytics.exploration is
'One row per terrain of a campaign: how much of it has been shown to somebody.';
comment on view analytics.discovery is
'One row per hex that was new to somebody. A reveal to some players of a hex that all had been shown before is left out.';
comment on view analytics.split is
'One row per session with discoveries, and one for the times between sessions: how far the party went separate ways.';
comment on view analytics.staging is
'One row per session, and one for the times between sessions: what was done at once, and what became of what was staged.';
comment on view analytics.broadcast_mode_changed is 'The DM switched between staged and immediate mode.';

comment on column analytics.exploration.known_share is 'known divided by hexes: 0 to 1.';
comment on column analytics.split.split_share is 'for_some divided by new_hexes: 0 to 1.';
comment on column analytics.staging.staged_share is 'staged divided by the sum of immediate and staged: 0 to 1.';
comment on column analytics.staging.median_seconds is
'The median time from the staging to the publish; null when nothing was published.';
comment on column analytics.set_aside.why is 'The event that cannot be brought into the tables, and the reason.';
