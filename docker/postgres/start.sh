#!/bin/sh
# The first time an empty cluster, made beside its place and renamed, so that a kill leaves nothing half made.
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    rm -rf "$PGDATA.new"
    initdb --pgdata="$PGDATA.new" --username="$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" \
        --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --data-checksums
    echo "create database \"$POSTGRES_DB\" template template0 encoding 'UTF8'" \
        | postgres --single -j -D "$PGDATA.new" postgres > /dev/null
    mv "$PGDATA.new" "$PGDATA"
fi
exec postgres -D "$PGDATA" -c config_file=/etc/finsam/postgresql.conf
