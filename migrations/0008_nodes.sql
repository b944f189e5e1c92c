-- Several servers share a database: each keeps a lease here while it lives, and says who is connected to it. Unlogged,
-- because none of it outlives them: after a crash of the database they write it anew.

create unlogged table node (
    node_id uuid primary key,
    started_at timestamptz not null default now(),
    lease_until timestamptz not null
);

comment on table node is 'The servers that run; one whose lease is over is taken for dead, and deleted by any other.';
comment on column node.node_id is 'Random, a new one at each start.';
comment on column node.lease_until is 'By the clock of the database. A server that lives extends it again and again.';

create unlogged table presence (
    campaign_id uuid not null,
    person_id uuid not null,
    node_id uuid not null references node (node_id) on delete cascade,
    primary key (campaign_id, person_id, node_id)
);

comment on table presence is 'Who has a connection to which server, however many tabs; gone with the server.';

create index presence_of_node on presence (node_id);
