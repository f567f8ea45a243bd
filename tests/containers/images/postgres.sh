#!/bin/bash
# As the public image: the first start makes the cluster, its user and its database.
set -e
data=/var/lib/postgresql/18/docker bin=/usr/lib/postgresql/bin
if [ "$(id -u)" = 0 ]; then
  mkdir -p "$data" && chown -R postgres /var/lib/postgresql && chmod 700 "$data"
  exec setpriv --reuid=999 --regid=999 --clear-groups "$0" "$@"
fi
if [ ! -e "$data/PG_VERSION" ]; then
  "$bin/initdb" -D "$data" -U "$POSTGRES_USER" --pwfile=<(echo "$POSTGRES_PASSWORD") --auth-host=scram-sha-256 --auth-local=trust
  echo "host all all all scram-sha-256" >>"$data/pg_hba.conf"
  [ "$POSTGRES_DB" = postgres ] || echo "create database \"$POSTGRES_DB\"" | "$bin/postgres" --single -D "$data" postgres
fi
exec "$bin/postgres" -D "$data" -c listen_addresses='*' -c unix_socket_directories=/tmp
