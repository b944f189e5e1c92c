-- People and what they may do. Names live here alone: the log holds ids, so that a name can be erased.

create table person (
    person_id uuid primary key,
    name text not null check (length(name) between 1 and 64),
    created_at timestamptz not null default now()
);

create table sign_in (
    token_hash bytea primary key check (length(token_hash) = 32),
    person_id uuid not null references person (person_id) on delete cascade,
    created_at timestamptz not null default now(),
    revoked_at timestamptz
);

comment on column sign_in.token_hash is 'SHA-256 of the session cookie; the cookie itself is never stored.';

create index sign_in_of_person on sign_in (person_id);

create table campaign (
    campaign_id uuid primary key,
    name text not null check (length(name) between 1 and 100),
    created_at timestamptz not null default now()
);

create table member (
    campaign_id uuid not null references campaign (campaign_id) on delete cascade,
    person_id uuid not null references person (person_id) on delete cascade,
    role text not null check (role in ('dm', 'player')),
    joined_at timestamptz not null default now(),
    primary key (campaign_id, person_id)
);

create index member_of_person on member (person_id);

create table invite (
    invite_id uuid primary key,
    campaign_id uuid not null references campaign (campaign_id) on delete cascade,
    token_hash bytea not null unique check (length(token_hash) = 32),
    role text not null check (role in ('dm', 'player')),
    person_id uuid references person (person_id) on delete cascade,
    uses_left integer check (uses_left >= 0),
    expires_at timestamptz,
    created_by uuid references person (person_id) on delete set null,
    created_at timestamptz not null default now(),
    revoked_at timestamptz
);

comment on column invite.token_hash is 'SHA-256 of the token in the link; the token itself is never stored.';
comment on column invite.person_id is 'Set for a sign-in link: it signs in this member and nobody else.';
comment on column invite.uses_left is 'Null: any number of uses.';

create index invite_of_campaign on invite (campaign_id);

create function invite_state(an_invite invite) returns text language sql stable
return case
    when an_invite.revoked_at is not null then 'revoked'
    when an_invite.expires_at <= now() then 'expired'
    when an_invite.uses_left = 0 then 'used_up'
    else 'open'
end;

-- The newest of the few events that the index event_log_lifecycle holds tells it.
create view campaign_status as
select
    campaign.campaign_id,
    case lifecycle.type
        when 'session_started' then 'active'
        when 'session_resumed' then 'active'
        when 'session_paused' then 'paused'
        when 'session_ended' then 'ended'
        else 'waiting'
    end as status
from campaign
left join lateral (
    select event_log.type from event_log
    where event_log.campaign_id = campaign.campaign_id
        and event_log.type in ('session_started', 'session_paused', 'session_resumed', 'session_ended')
    order by event_log.version desc
    limit 1
) as lifecycle on true;
