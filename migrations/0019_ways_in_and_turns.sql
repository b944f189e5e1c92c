-- Whoever takes the turn of the log waits for nobody any more. The end of a sign-in locked the campaigns that its owner leads
-- at the commit, one sign-in after the other, while it may have had the turn already. Now each statement that ends sign-ins
-- locks all these campaigns at once, in the order of their key, and the turn alone is left for the commit.

drop trigger note_end_of_revoked_authority on public.sign_in;
drop trigger note_end_of_deleted_authority on public.sign_in;

-- It counts as a change of the members, so that an append which was decided before is refused, at servers too that have
-- not heard of it. What had ended by itself before gave no authority.
create function public.count_end_of_authority() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    persons uuid[];
    led uuid[];
begin
    if tg_op = 'DELETE' then
        persons := array(
            select before.person_id from before where before.revoked_at is null and before.expires_at > now()
        );
    else
        persons := array(
            select before.person_id
            from before inner join after using (token_hash)
            where before.revoked_at is null and before.expires_at > now() and after.revoked_at is not null
        );
    end if;
    led := array(
        select member.campaign_id from public.member where member.person_id = any(persons) and member.role = 'dm'
    );
    perform from public.campaign where campaign_id = any(led) order by campaign_id for no key update;
    update public.campaign set roster_version = roster_version + 1 where campaign_id = any(led);
    return null;
end
$$;

create trigger count_revoked_authority after update on public.sign_in
referencing old table as before new table as after
for each statement execute function public.count_end_of_authority();

create trigger count_deleted_authority after delete on public.sign_in
referencing old table as before
for each statement execute function public.count_end_of_authority();

create or replace function public.note_end_of_authority() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    -- At the commit, in turn with whoever appends to the log.
    perform public.take_turn();
    return null;
end
$$;

create constraint trigger note_end_of_revoked_authority after update of revoked_at on public.sign_in
deferrable initially deferred for each row
when (old.revoked_at is null and old.expires_at > now() and new.revoked_at is not null)
execute function public.note_end_of_authority();

create constraint trigger note_end_of_deleted_authority after delete on public.sign_in
deferrable initially deferred for each row
when (old.revoked_at is null and old.expires_at > now()) execute function public.note_end_of_authority();

-- All links that somebody knows to be good, not only the newest one: whoever is removed for good comes back by none of them.

create table public.way_in (
    person_id uuid not null references public.person (person_id) on delete cascade,
    invite_id uuid not null references public.invite (invite_id) on delete cascade,
    primary key (person_id, invite_id)
);

comment on table public.way_in is
'Who has come by which invite, or used it while a member; kept when the person is removed, gone with either.';

create index way_in_of_invite on public.way_in (invite_id);

insert into public.way_in (person_id, invite_id)
select member.person_id, member.invite_id from public.member inner join public.invite using (invite_id);

-- A trigger, for servers of before that know nothing of it.
create function public.note_way_in() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    insert into public.way_in (person_id, invite_id)
    select new.person_id, invite.invite_id from public.invite where invite.invite_id = new.invite_id
    on conflict do nothing;
    return null;
end
$$;

create trigger note_way_in after insert or update of invite_id on public.member
for each row when (new.invite_id is not null) execute function public.note_way_in();

comment on column public.member.invite_id is
'The link that let the member in, or gave the present role; null: not known, or none. The link may be gone. Others: way_in.';

-- A link lets in so many at once, and as many again in the course of a minute, whether they are new or sign in by it.
alter table public.invite add column busy_until timestamptz;

comment on column public.invite.busy_until is
'Each who comes in by the link moves it on by their share of a minute, from now or from here; it is never more than a minute ahead.';

-- A quota on the campaigns that somebody leads is no bound on those that are made, closed or handed on.
create table public.campaigns_made (
    day date not null,
    person_id uuid not null,
    number integer not null,
    primary key (day, person_id)
);

comment on table public.campaigns_made is
'How many campaigns each person made in the last days, whatever became of them; kept for a week.';
comment on column public.campaigns_made.day is 'In UTC.';
comment on column public.campaigns_made.person_id is 'Perhaps forgotten by now.';

-- People of whom nothing else is left are deleted, but for those whom the log may name.
create table public.person_in_log (
    person_id uuid primary key references public.person (person_id) on delete cascade
);

comment on table public.person_in_log is
'Who was a member of a campaign of which something is recorded, until they left it: the log may say their ids, so their names are kept.';

-- Of whoever is here by now it is not known.
insert into public.person_in_log (person_id) select person.person_id from public.person;

create function public.note_persons_in_log() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    insert into public.person_in_log (person_id)
    select distinct before.person_id
    from before inner join public.person using (person_id)
    where
        exists (select from public.event_log where event_log.campaign_id = before.campaign_id)
        -- The first event may be on its way, by somebody who is connected.
        or exists (select from public.presence where presence.campaign_id = before.campaign_id)
    order by before.person_id
    on conflict do nothing;
    return null;
end
$$;

create trigger note_persons_in_log after delete on public.member
referencing old table as before
for each statement execute function public.note_persons_in_log();

create view public.unused_person as
select person.person_id
from public.person
where
    person.created_at < now() - interval '7 days'
    and not exists (select from public.sign_in where sign_in.person_id = person.person_id)
    and not exists (select from public.member where member.person_id = person.person_id)
    and not exists (select from public.person_in_log where person_in_log.person_id = person.person_id);

comment on view public.unused_person is
'Who can never come back, since nothing signs them in, is in no campaign and stands in no log.';

-- For whoever is deleted these rows are looked for. A row a link, so a moment even for a hundred thousand of them.
-- squawk-ignore require-concurrent-index-creation
create index invite_of_maker on public.invite (created_by);
-- squawk-ignore require-concurrent-index-creation
create index invite_of_person on public.invite (person_id);
