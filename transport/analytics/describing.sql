-- views: what analysts read, in the order of the names
select relname, obj_description(pg_class.oid, 'pg_class')
from pg_class
where relkind = 'v' and relnamespace = 'analytics'::regnamespace
order by relname;

-- columns: of one of them, in their order
select attname, format_type(atttypid, atttypmod), col_description(attrelid, attnum)
from pg_attribute
where attrelid = format('analytics.%%I', %(view)s::text)::regclass and attnum > 0
order by attnum;

-- set_aside: campaigns that the tables do not go on with, the first of them, and how many there are
select campaign_id::text, why, count(*) over () from analytics.set_aside order by since, campaign_id limit 20;
