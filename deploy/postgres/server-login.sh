#!/bin/sh
# Run by the image of PostgreSQL when it makes the database: a login for the servers, which can't change the tables.
# For a database that is there already: docker compose exec postgres sh /docker-entrypoint-initdb.d/server-login.sh
set -eu
psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
    --set role="fogbound_server_$POSTGRES_DB" --set password="$SERVER_PASSWORD" <<'END'
select format('create role %I nologin', :'role') where to_regrole(quote_ident(:'role')) is null \gexec
create role fogbound_play login password :'password' in role :"role";
END
