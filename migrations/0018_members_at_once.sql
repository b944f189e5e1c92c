-- Many members who come or go in one statement, by a restore or a closing, are counted and told once. Row by row each
-- count had to find its way past all the counts before it, so that the time grew with the square of their number.

create function public.note_members_at_once() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    counted record;
begin
    for counted in
        update public.campaign set roster_version = campaign.roster_version + changed.members
        from (select changed_member.campaign_id, count(*) as members from changed_member group by 1) as changed
        where campaign.campaign_id = changed.campaign_id
        returning campaign.campaign_id, campaign.roster_version
    loop
        perform public.hint(
            (select channel_key || '_members' from public.database_access),
            counted.campaign_id || ',' || counted.roster_version
        );
        perform public.hint_older_servers('fogbound_members');
    end loop;
    return null;
end
$$;

drop trigger note_change_of_members on public.member;

create trigger note_change_of_members after update of role on public.member
for each row execute function public.note_change_of_members();

create trigger note_new_members after insert on public.member
referencing new table as changed_member
for each statement execute function public.note_members_at_once();

create trigger note_gone_members after delete on public.member
referencing old table as changed_member
for each statement execute function public.note_members_at_once();
