-- An event that can not be brought into the tables of the analysts sets aside its campaign: the tables go on with all others.

create table analytics_tables.set_aside (
    campaign_id uuid primary key,
    version bigint not null,
    why text not null,
    since timestamptz not null default now()
);

create view analytics.set_aside as select campaign_id, version, why, since from analytics_tables.set_aside;
comment on view analytics.set_aside is 'A row a campaign that is set aside: the tables do not go on with it, since one of its events can not be brought into them.';
comment on column analytics.set_aside.campaign_id is 'The campaign.';
comment on column analytics.set_aside.version is 'Its events up to this version are in the tables, and no later ones.';
comment on column analytics.set_aside.why is 'The event that can not be brought into them, and the reason.';
comment on column analytics.set_aside.since is 'Since when it is set aside.';

comment on column analytics.progress.stopped_by is 'Why nothing can be written to the table any more; null when it goes on.';
comment on column analytics_tables.checkpoint.stopped_by is 'Why nothing can be written to the table any more; null when it goes on.';

-- What a row of a session is found by when it changes: a session with the id of another campaign's one is refused, and changes
-- nothing of that one. The table has a row a session, so it is made in a moment; meanwhile only feeders wait.
-- squawk-ignore require-concurrent-index-creation
create unique index on analytics_tables.session (campaign_id, session_id);
