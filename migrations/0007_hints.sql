-- Several servers share a database: changes of members and revoked sign-ins are told to all of them, and can be seen
-- by who missed it.

alter table campaign add column roster_version bigint not null default 0;

comment on column campaign.roster_version is 'How often somebody joined, left or got another role.';

create function note_change_of_members() returns trigger language plpgsql as $$
declare
    changed uuid := case when tg_op = 'DELETE' then old.campaign_id else new.campaign_id end;
    counted bigint;
begin
    update campaign set roster_version = roster_version + 1 where campaign_id = changed
    returning roster_version into counted;
    if found then
        perform pg_notify('fogbound_members', changed || ',' || counted);
    end if;
    return null;
end
$$;

create trigger note_change_of_members after insert or delete or update of role on member
for each row execute function note_change_of_members();

create function note_end_of_sign_in() returns trigger language plpgsql as $$
begin
    perform pg_notify('fogbound_sign_outs', encode(old.token_hash, 'hex'));
    return null;
end
$$;

create trigger note_revoked_sign_in after update of revoked_at on sign_in
for each row when (old.revoked_at is null and new.revoked_at is not null) execute function note_end_of_sign_in();

create trigger note_deleted_sign_in after delete on sign_in
for each row execute function note_end_of_sign_in();
