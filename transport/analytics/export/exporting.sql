-- hold: the tables that are there, before the moment is taken that is shown; a rebuild would put others in their place
lock table
analytics.session, analytics.reveal, analytics.staged_change, analytics.attendance, analytics.terrain, analytics.progress
in access share mode;

-- session: what is written means the same everywhere, is complete, and is in the order of the log
select
    set_config('timezone', 'UTC', true),
    set_config('datestyle', 'ISO', true),
    set_config('statement_timeout', '0', true),
    set_config('search_path', 'analytics, pg_temp', true);

-- place: up to where all tables are that an event has not stopped, and those that one has
select min(position) filter (where stopped_by is null), array_agg(projection) filter (where stopped_by is not null)
from progress;

-- event_at: the newest event up to a place of the log: a log that has another one there is another log
select event_id from analytics.event where position <= %(position)s order by position desc limit 1;
