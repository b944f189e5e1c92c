-- One order of events and of changes of members: who was removed is told no event that came after, at whichever server.

create function note_told_from() returns trigger language plpgsql as $$
begin
    -- At the commit, in turn with whoever appends to the log (domain/postgres/statements.sql:lock_log).
    perform pg_advisory_xact_lock(7381231986757955172);
    update member set told_from = (
        select coalesce(max(version), 0) from event_log where event_log.campaign_id = new.campaign_id
    )
    where campaign_id = new.campaign_id and person_id = new.person_id;
    return null;
end
$$;

create constraint trigger note_told_from after insert or update of role on member
deferrable initially deferred for each row execute function note_told_from();

update member set told_from = (
    select coalesce(max(version), 0) from event_log where event_log.campaign_id = member.campaign_id
)
where told_from is null;

comment on column member.told_from is
'After this version of the stream the member is told everything in the present role: the newest one when it was given.';
