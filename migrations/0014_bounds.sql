-- What has an end: sign-ins that nobody uses, campaigns that are closed, and what a person may write in a day.

-- A row a sign-in, each of which is rewritten: a moment even for a million of them.
-- squawk-ignore adding-field-with-default
alter table public.sign_in add column sign_in_id uuid not null default gen_random_uuid();
alter table public.sign_in add column last_used_at timestamptz not null default now();
alter table public.sign_in add column expires_at timestamptz not null default now() + interval '181 days';
-- squawk-ignore constraint-missing-not-valid
alter table public.sign_in add column label text not null default '' check (length(label) <= 64);

comment on column public.sign_in.sign_in_id is 'Random; what its owner calls it by. It signs nobody in.';
comment on column public.sign_in.last_used_at is 'Written at most once a day. Those of before count as used at the migration.';
comment on column public.sign_in.expires_at is 'Moved on with last_used_at. The default is for servers of before, which do not know it.';
comment on column public.sign_in.label is 'Browser and system at the sign-in, such as Firefox on Android; empty when unknown.';

-- Of a sign-in that was revoked the servers were told when it was: the rows that are swept later are no news.
create or replace trigger note_deleted_sign_in after delete on public.sign_in
for each row when (old.revoked_at is null) execute function public.note_end_of_sign_in();

alter table public.campaign add column closed_at timestamptz;

comment on column public.campaign.closed_at is 'Since when nobody reaches it; its log stays. Null while it is open.';

create function public.refuse_members_of_closed_campaign() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    -- Locked: one that is being closed is closed first, and then nobody comes in.
    perform from public.campaign
    where campaign.campaign_id = new.campaign_id and campaign.closed_at is null
    for no key update;
    if not found then
        raise exception 'campaign % is closed', new.campaign_id using errcode = 'foreign_key_violation';
    end if;
    return null;
end
$$;

create trigger refuse_members_of_closed_campaign after insert on public.member
for each row execute function public.refuse_members_of_closed_campaign();

create table public.log_growth (
    day date not null,
    person_id uuid not null,
    bytes bigint not null check (bytes >= 0),
    primary key (day, person_id)
);

comment on table public.log_growth is 'What each person wrote to the log in the last days; kept for a week.';
comment on column public.log_growth.day is 'In UTC.';
comment on column public.log_growth.person_id is 'Whoever caused the events; perhaps forgotten by now.';
comment on column public.log_growth.bytes is 'The data of the events, and what each takes besides; written every few seconds by each server.';
