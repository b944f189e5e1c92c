-- select_events: a part of a stream, in order
select originator_id, originator_version, topic, state
from public.stored_events
where
    originator_id = %(campaign)s::uuid
    and originator_version > %(gt)s::bigint
    and originator_version <= %(lte)s::bigint
order by originator_version
limit %(limit)s::bigint;

-- select_events_backwards: the same from its end
select originator_id, originator_version, topic, state
from public.stored_events
where
    originator_id = %(campaign)s::uuid
    and originator_version > %(gt)s::bigint
    and originator_version <= %(lte)s::bigint
order by originator_version desc
limit %(limit)s::bigint;

-- select_notifications: a part of the log, of some topics or of all if none is given
select originator_id, originator_version, topic, state, notification_id
from public.stored_events
where
    notification_id between %(first)s::bigint and %(last)s::bigint
    and (%(topics)s::text[] = '{}' or topic = any(%(topics)s::text[]))
order by notification_id
limit %(limit)s::bigint;

-- max_notification_id: the position of the newest event
select max(position) from public.event_log;

-- positions: where the log has these versions of a stream
select position from public.event_log
where campaign_id = %(campaign)s::uuid and version between %(first)s::bigint and %(last)s::bigint
order by version;

-- channel: on which each commit is announced
select channel_key || '_events' from public.database_access;
