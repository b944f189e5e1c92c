-- Servers of two versions feed the tables of the analysts in turns. What the newer one made of an event that the older one does
-- not know must not be built upon by the older one.

create table analytics_tables.later_kind (
    campaign_id uuid not null,
    kind text not null,
    primary key (campaign_id, kind)
);

comment on table analytics_tables.later_kind is
'Kinds of events that the tables hold of a campaign, of those kinds that came after the first thirteen. A server that does not know one of them leaves the campaign to newer servers.';
comment on column analytics_tables.later_kind.campaign_id is 'The campaign.';
comment on column analytics_tables.later_kind.kind is 'The type of the event and its schema version, for example hexes_revealed.v2.';
