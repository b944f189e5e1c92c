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
