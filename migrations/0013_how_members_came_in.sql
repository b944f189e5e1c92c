-- Who is removed can be kept from coming back by the same link, and what they made lets nobody in any more.

alter table public.member add column invite_id uuid;

comment on column public.member.invite_id is
'The link that let the member in, or gave the present role; null: not known, or none. The link may be gone.';

-- Whoever was removed or made a player before this held on to the links that they had made.
update public.invite set revoked_at = now()
where revoked_at is null and created_by is not null and created_by is distinct from person_id and not exists (
    select from public.member
    where member.campaign_id = invite.campaign_id and member.person_id = invite.created_by and member.role = 'dm'
);
