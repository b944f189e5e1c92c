-- What everybody was told lately stays with the newest snapshot: where somebody can go on must not depend on restarts.

alter table public.keyframe add column windows bytea;

-- It is packed already.
alter table public.keyframe alter column windows set storage external;

comment on column public.keyframe.windows is
'What each view of the room was told lately, packed; null where only the state is kept. Rooms are opened from the newest with it.';
