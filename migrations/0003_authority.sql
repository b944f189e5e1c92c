-- What a change of authority leaves behind, so that it holds over restarts too.

alter table member add column told_from bigint;

comment on column member.told_from is
'After this version of the stream the member was told everything in the present role; null: not known yet, so nothing can be resumed.';

alter table sign_in add column invite_id uuid;

comment on column sign_in.invite_id is 'The sign-in link that made it, which takes it back when it is revoked; null for any other.';
