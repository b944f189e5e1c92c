-- A hint that is lost costs a moment, since servers also look by themselves. One that does not fit into PostgreSQL's queue
-- of notifications any more would cost the whole transaction: that queue is the cluster's, and anybody can fill it who
-- listens, keeps a transaction open, and may notify.

create function public.hint(channel text, payload text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if pg_notification_queue_usage() < 0.75 then
        perform pg_notify(channel, payload);
    end if;
end
$$;

comment on function public.hint(text, text) is 'Notifies, unless the queue of notifications is nearly full.';

create or replace function public.hint_older_servers(channel text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if exists (select from public.node where not node.hears_by_key and node.lease_until > clock_timestamp()) then
        -- Nonsense, so that they look at everything, and nobody who listens learns anything.
        perform public.hint(channel, '?');
    end if;
end
$$;

create or replace function public.note_change_of_members() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    changed uuid := case when tg_op = 'DELETE' then old.campaign_id else new.campaign_id end;
    counted bigint;
begin
    update public.campaign set roster_version = roster_version + 1 where campaign_id = changed
    returning roster_version into counted;
    if found then
        perform public.hint(
            (select channel_key || '_members' from public.database_access), changed || ',' || counted
        );
        perform public.hint_older_servers('fogbound_members');
    end if;
    return null;
end
$$;

create or replace function public.note_end_of_sign_in() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    perform public.hint(
        (select channel_key || '_sign_outs' from public.database_access), encode(old.token_hash, 'hex')
    );
    perform public.hint_older_servers('fogbound_sign_outs');
    return null;
end
$$;
