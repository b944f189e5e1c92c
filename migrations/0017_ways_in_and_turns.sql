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
