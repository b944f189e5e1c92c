-- takes_changes: False on a standby and when the database was made read-only.
select not pg_is_in_recovery() and current_setting('default_transaction_read_only') = 'off';

-- create_person: Somebody new, with a clean name.
insert into public.person (person_id, name) values (%(person)s, %(name)s);

-- hold_campaigns_of_person: Whoever else changes their members or their links waits until the commit.
select true from public.campaign
where campaign_id in (select member.campaign_id from public.member where member.person_id = %(person)s)
order by campaign_id
for no key update;

-- revoke_invites_of_person: In all campaigns: those that the person made, and the invites for DMs that the person knows. Afterwards neither is known.
update public.invite set revoked_at = now()
where revoked_at is null and (
    created_by = %(person)s
    or (role = 'dm' and invite_id in (select way_in.invite_id from public.way_in where way_in.person_id = %(person)s))
);

-- forget_person: With the name go sign-ins, memberships and sign-in links; the log goes on saying the id.
delete from public.person where person_id = %(person)s;

-- campaigns_led_alone: Those in which a person is the only DM.
select member.campaign_id
from public.member
where member.person_id = %(person)s and member.role = 'dm' and not exists (
    select from public.member as other
    where other.campaign_id = member.campaign_id and other.role = 'dm' and other.person_id <> member.person_id
)
order by member.campaign_id;

-- create_sign_in: A new cookie for a person, who may have several; with the sign-in link that it comes from, if any.
insert into public.sign_in (token_hash, person_id, invite_id, label, expires_at)
values (%(token_hash)s, %(person)s, %(invite)s, %(label)s, now() + %(lifetime)s);

-- person_of_sign_in: Whose cookie this is, unless it has ended; whether its last use is to be written.
select person.person_id::text as user_id, person.name, sign_in.last_used_at < now() - interval '1 day' as is_due
from public.sign_in inner join public.person using (person_id)
where sign_in.token_hash = %(token_hash)s and sign_in.revoked_at is null and sign_in.expires_at > now();

-- person_in_campaign: Whose cookie this is, and their role in a campaign; no role where they are no member.
select sign_in.person_id::text as user_id, member.role, sign_in.last_used_at < now() - interval '1 day' as is_due
from public.sign_in
left join public.member on member.person_id = sign_in.person_id and member.campaign_id = %(campaign)s
where sign_in.token_hash = %(token_hash)s and sign_in.revoked_at is null and sign_in.expires_at > now();

-- owner_of_sign_in: Whose cookie this is or was.
select person_id::text from public.sign_in where token_hash = %(token_hash)s;

-- ended_sign_ins: Those of the cookies that are worth nothing any more, or never were.
select hashes.token_hash from unnest(%(token_hashes)s) as hashes (token_hash)
where not exists (
    select from public.sign_in
    where sign_in.token_hash = hashes.token_hash and sign_in.revoked_at is null and sign_in.expires_at > now()
);

-- note_uses: These sign-ins were used. One that is held for another change is left for its next use.
update public.sign_in set last_used_at = now(), expires_at = now() + %(lifetime)s
from (
    select used.token_hash from public.sign_in as used
    where used.token_hash = any(%(token_hashes)s) and used.last_used_at < now() - interval '1 day'
    for no key update skip locked
) as due
where sign_in.token_hash = due.token_hash and sign_in.revoked_at is null and sign_in.expires_at > now();

-- lock_sign_ins: All of a person's, in the order of the key: two devices that end each other don't wait for each other.
select sign_in_id, token_hash, label, created_at, last_used_at, invite_id as link
from public.sign_in
where person_id = %(person)s and revoked_at is null and expires_at > now()
order by token_hash
for update;

-- list_sign_ins: The same to look at, the one that was used last comes first.
select sign_in_id, token_hash, label, created_at, last_used_at, invite_id as link
from public.sign_in
where person_id = %(person)s and revoked_at is null and expires_at > now()
order by last_used_at desc, created_at desc, sign_in_id;

-- hold_persons: One change at a time of what each has, leads or is signed in by. Whoever adds rows that refer to them need not wait.
select true from public.person where person_id = any(%(persons)s::uuid[]) order by person_id for no key update;

-- end_sign_ins: Makes these cookies worthless. No row is kept: a link could make any number of them.
delete from public.sign_in where token_hash = any(%(token_hashes)s);

-- sweep_sign_ins: Those that ended a week ago, some at a time: of each the servers are told.
delete from public.sign_in where token_hash in (
    select ended.token_hash from public.sign_in as ended
    where ended.revoked_at < now() - interval '7 days' or ended.expires_at < now() - interval '7 days'
    limit 1000
    for update skip locked
);

-- create_campaign: One without members yet.
insert into public.campaign (campaign_id, name) values (%(campaign)s, %(name)s);

-- restore_people: Those of an archive; who is here already keeps the name.
insert into public.person (person_id, name)
select one.person_id, one.name from unnest(%(persons)s::uuid[], %(names)s::text[]) as one (person_id, name)
on conflict (person_id) do nothing;

-- restore_members: Those of an archive.
insert into public.member (campaign_id, person_id, role, joined_at)
select %(campaign)s, one.person_id, one.role, one.joined_at
from unnest(%(persons)s::uuid[], %(roles)s::text[], %(joinings)s::timestamptz[]) as one (person_id, role, joined_at);

-- name_of_campaign: What the DM called it; nothing of a closed one.
select name from public.campaign where campaign_id = %(campaign)s and closed_at is null;

-- count_led: How many campaigns a person is a DM of.
select count(*) from public.member where person_id = %(person)s and role = 'dm';

-- close_campaign: Nobody reaches it any more, and nothing but its log tells of it.
update public.campaign set closed_at = now(), name = 'closed campaign'
where campaign_id = %(campaign)s and closed_at is null;

-- remove_all_members: Of a campaign that is being closed.
delete from public.member where campaign_id = %(campaign)s;

-- hold_campaign_to_close: Nobody adds anything that refers to it either.
select true from public.campaign where campaign_id = %(campaign)s for update;

-- delete_all_invites: Of a campaign that is being closed.
delete from public.invite where campaign_id = %(campaign)s;

-- take_turn: Until the commit nobody else writes to the log.
select public.take_turn();

-- delete_if_unused: A closed campaign of which nothing is recorded. Asked in our turn: an event may have been on its way.
delete from public.campaign
where
    campaign_id = %(campaign)s
    and not exists (select from public.event_log where event_log.campaign_id = campaign.campaign_id)
    and not exists (select from public.refused_command where refused_command.campaign_id = campaign.campaign_id);

-- closed_at: Since when a campaign is closed; null while it is open.
select closed_at from public.campaign where campaign_id = %(campaign)s;

-- list_closed_campaigns: For the one who runs the server, those closed last come last.
select campaign_id, closed_at from public.campaign where closed_at is not null order by closed_at, campaign_id;

-- list_campaigns: All that are open, for the one who runs the server.
select
    campaign.campaign_id,
    campaign.name,
    campaign.created_at,
    (select count(*) from public.member where member.campaign_id = campaign.campaign_id) as members,
    campaign_status.status
from public.campaign join public.campaign_status using (campaign_id)
where campaign.closed_at is null
order by campaign.created_at, campaign.campaign_id;

-- list_campaigns_of_person: Those that a person is a member of.
select campaign.campaign_id, campaign.name, member.role, campaign_status.status
from public.member
join public.campaign using (campaign_id)
join public.campaign_status using (campaign_id)
where member.person_id = %(person)s
order by campaign.created_at, campaign.campaign_id;

-- list_members: Everybody in a campaign, in the order of joining.
select member.person_id::text as user_id, person.name, member.role, member.told_from as visible_since
from public.member join public.person using (person_id)
where member.campaign_id = %(campaign)s
order by member.joined_at, member.person_id;

-- roster_versions: How often the members of each campaign changed.
select campaign_id, roster_version from public.campaign where campaign_id = any(%(campaigns)s);

-- role_of_member: No row for strangers.
select role from public.member where campaign_id = %(campaign)s and person_id = %(person)s;

-- list_joinings: When each became the member that they are.
select person_id::text, joined_at from public.member where campaign_id = %(campaign)s;

-- invites_of_members: The link that let each in or gave the role, and all links of the campaign that they have used.
select
    member.person_id::text as person,
    member.invite_id as newest,
    array(
        select way_in.invite_id
        from public.way_in inner join public.invite using (invite_id)
        where way_in.person_id = member.person_id and invite.campaign_id = member.campaign_id
        order by invite.created_at, invite.invite_id
    ) as used
from public.member
where member.campaign_id = %(campaign)s;

-- hold_campaign: One change of its members and links at a time. Whoever adds rows that refer to it need not wait.
select true from public.campaign where campaign_id = %(campaign)s for no key update;

-- hold_campaign_of_invite: The same, for who has nothing but the token of a link.
select true from public.campaign
where campaign_id = (select invite.campaign_id from public.invite where invite.token_hash = %(token_hash)s)
for no key update;

-- hold_sign_in: A row if the cookie is good; then it stays good until the commit.
select true from public.sign_in
where token_hash = %(token_hash)s and person_id = %(person)s and revoked_at is null and expires_at > now()
for share;

-- hold_campaigns: A campaign, and all that a person is a DM of.
select true from public.campaign
where campaign_id = %(campaign)s or campaign_id in (
    select member.campaign_id from public.member where member.person_id = %(person)s and member.role = 'dm'
)
order by campaign_id
for no key update;

-- hold_role: What somebody is in a campaign, and stays until the commit. No row for strangers.
select role from public.member where campaign_id = %(campaign)s and person_id = %(person)s for share;

-- lock_members: In the order of the key, so that two who lock the same campaign don't wait for each other.
select member.person_id::text as user_id, person.name, member.role
from public.member join public.person using (person_id)
where member.campaign_id = %(campaign)s
order by member.person_id
for update of member;

-- count_members: Of a campaign.
select count(*) from public.member where campaign_id = %(campaign)s;

-- count_use_in_time: One more who comes in by this link, of so many within a minute. No row is changed if it is too soon.
update public.invite
set busy_until = greatest(busy_until, now()) + interval '1 minute' / %(a_minute)s
where
    invite_id = %(invite)s
    and coalesce(busy_until <= now() + interval '1 minute' - interval '1 minute' / %(a_minute)s, true);

-- wait_for_link: In how many seconds it is time.
select (60.0 / %(a_minute)s - 60 + extract(epoch from busy_until - now()))::double precision
from public.invite where invite_id = %(invite)s;

-- add_member: With the link that let them in, if any. Raises a player to DM, and never makes a DM a player.
insert into public.member as known (campaign_id, person_id, role, invite_id)
values (%(campaign)s, %(person)s, %(role)s, %(invite)s)
on conflict (campaign_id, person_id) do update set role = excluded.role, invite_id = excluded.invite_id
where known.role = 'player';

-- change_role: Of one who is a member.
update public.member set role = %(role)s
where campaign_id = %(campaign)s and person_id = %(person)s and role <> %(role)s;

-- remove_members: The persons stay, and so does what the log says about them.
delete from public.member where campaign_id = %(campaign)s and person_id = any(%(persons)s::uuid[]);

-- revoke_links_of_removed: What they made, what signs them in, the invites for DMs that they know; with all_ways_in those for players, too.
update public.invite set revoked_at = now()
where campaign_id = %(campaign)s and revoked_at is null and (
    created_by = any(%(persons)s::uuid[]) or person_id = any(%(persons)s::uuid[])
    or ((role = 'dm' or %(all_ways_in)s) and invite_id in (
        select way_in.invite_id from public.way_in where way_in.person_id = any(%(persons)s::uuid[])
    ))
);

-- revoke_invites_of_demoted: What a DM made who is one no longer, and the invites for DMs that this person knows. The link that signs this person in stays: it gives no role.
update public.invite set revoked_at = now()
where campaign_id = %(campaign)s and revoked_at is null and (
    (created_by = %(person)s and person_id is distinct from created_by)
    or (role = 'dm' and invite_id in (select way_in.invite_id from public.way_in where way_in.person_id = %(person)s))
);

-- count_open_invites: Of a campaign; links that sign somebody in don't count.
select count(*) from public.invite
where campaign_id = %(campaign)s and person_id is null and public.invite_state(invite) = 'open';

-- revoke_printed_links: Those that `fogbound play` made for this role, which the version in their ids tells. Who came by them stays in.
update public.invite set revoked_at = now()
where campaign_id = %(campaign)s and role = %(role)s and revoked_at is null and substr(invite_id::text, 15, 1) = '5';

-- drop_old_invites: Those that let nobody in any more, but for the newest; sign-in links are among them.
delete from public.invite
where invite_id in (
    select old.invite_id from public.invite as old
    where old.campaign_id = %(campaign)s and public.invite_state(old) <> 'open'
    order by old.created_at desc, old.invite_id
    offset %(kept)s
);

-- create_invite: Or, with a person, a link that signs this member in.
insert into public.invite (invite_id, campaign_id, token_hash, role, person_id, uses_left, expires_at, created_by)
values (
    %(invite)s, %(campaign)s, %(token_hash)s, %(role)s, %(person)s, %(uses)s,
    now() + %(hours)s::double precision * interval '1 hour', %(created_by)s
);

-- list_invites: Those of a campaign, the newest first.
select
    invite_id, role, person_id::text as person, campaign_id, uses_left, expires_at,
    created_by::text as created_by, created_at, public.invite_state(invite) as state
from public.invite
where campaign_id = %(campaign)s
order by created_at desc, invite_id;

-- lock_invite: By the token in the link; held until the commit, so that its uses are counted one by one.
select
    invite_id, role, person_id::text as person, campaign_id, uses_left, expires_at,
    created_by::text as created_by, created_at, public.invite_state(invite) as state
from public.invite
where
    token_hash = %(token_hash)s
    and exists (select from public.campaign where campaign.campaign_id = invite.campaign_id and campaign.closed_at is null)
for update;

-- note_way_in: A member shows that they know an invite, though it gives them nothing.
insert into public.way_in (person_id, invite_id) values (%(person)s, %(invite)s) on conflict do nothing;

-- take_use: Null, any number of uses, stays null.
update public.invite set uses_left = uses_left - 1 where invite_id = %(invite)s;

-- link_of_token: What never changes about a link. Only an operator's signs somebody in.
select campaign_id, person_id::text as person from public.invite where token_hash = %(token_hash)s;

-- person_of_link: Whom a link of this campaign signs in; null for an invite.
select person_id::text from public.invite where campaign_id = %(campaign)s and invite_id = %(invite)s;

-- revoke_invite: One of this campaign and no other's; the first time counts.
update public.invite set revoked_at = coalesce(revoked_at, now())
where campaign_id = %(campaign)s and invite_id = %(invite)s;

-- add_log_growth: What people wrote since the last time, in the order of the key: servers don't wait for each other.
insert into public.log_growth as known (day, person_id, bytes)
select (now() at time zone 'UTC')::date, one.person_id, one.bytes
from unnest(%(people)s::uuid[], %(bytes)s::bigint[]) as one (person_id, bytes)
order by one.person_id
on conflict (day, person_id) do update set bytes = known.bytes + excluded.bytes;

-- log_growth_over: Who has written at least so many bytes today.
select person_id::text from public.log_growth
where day = (now() at time zone 'UTC')::date and bytes >= %(most)s;

-- sweep_log_growth: What nobody asks for any more.
delete from public.log_growth where day < (now() at time zone 'UTC')::date - 7;

-- count_campaign_made: One more today; how many there are.
insert into public.campaigns_made as known (day, person_id, number)
values ((now() at time zone 'UTC')::date, %(person)s, 1)
on conflict (day, person_id) do update set number = known.number + 1
returning number;

-- sweep_campaigns_made: What nobody asks for any more.
delete from public.campaigns_made where day < (now() at time zone 'UTC')::date - 7;

-- lock_unused_persons: Some of those whom nothing refers to, so that nothing can until the commit.
select person.person_id::text
from public.person inner join public.unused_person using (person_id)
limit 1000
for update of person skip locked;

-- delete_unused_persons: Of these; one to whom something referred in the last moment stays.
delete from public.person
where person_id = any(%(persons)s::uuid[]) and person_id in (select unused_person.person_id from public.unused_person);
