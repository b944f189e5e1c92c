-- One command id has one outcome for ever, at every server: what was refused is not executed later. And a removal has its
-- place in the order of the log.

create table public.refused_command (
    campaign_id uuid not null,
    command_id text not null,
    code text not null,
    message text not null,
    refused_at timestamptz not null default now(),
    primary key (campaign_id, command_id)
);

comment on table public.refused_command is
'Commands that carried an id and were refused by the rules. A row is written in turn with the log; it is never changed.';
comment on column public.refused_command.code is 'The error code that the sender got, and gets whenever the id comes again.';

-- Who is removed is told no event that is committed after the removal. An event may have been decided on the old members
-- while the removal was under way: the removal waits for it to be committed, and takes its turn after it.
create function public.note_removal() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    -- At the commit, in turn with whoever appends to the log.
    perform public.take_turn();
    return null;
end
$$;

create constraint trigger note_removal after delete on public.member
deferrable initially deferred for each row execute function public.note_removal();

-- The end of a DM's sign-in has its place too: no command that came by it is recorded after it. It counts as a change of
-- the members, so that an append which was decided before is refused, at servers too that have not heard of it.
create function public.note_end_of_authority() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    led uuid[] := array(
        select member.campaign_id from public.member where member.person_id = old.person_id and member.role = 'dm'
    );
begin
    -- In the order of the key, so that two who end their sign-ins don't wait for each other; the turn comes last, as
    -- with whoever changes members.
    perform from public.campaign where campaign_id = any(led) order by campaign_id for no key update;
    update public.campaign set roster_version = roster_version + 1 where campaign_id = any(led);
    perform public.take_turn();
    return null;
end
$$;

create constraint trigger note_end_of_revoked_authority after update of revoked_at on public.sign_in
deferrable initially deferred for each row
when (old.revoked_at is null and new.revoked_at is not null) execute function public.note_end_of_authority();

create constraint trigger note_end_of_deleted_authority after delete on public.sign_in
deferrable initially deferred for each row
when (old.revoked_at is null) execute function public.note_end_of_authority();

comment on column public.campaign.roster_version is
'How often somebody joined, left or got another role, or a DM signed out.';
