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
