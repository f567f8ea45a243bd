FROM orchestrator-test/debian
RUN useradd --uid 999 postgres
COPY native /usr/lib/postgresql
COPY --chmod=755 postgres.sh /usr/local/bin/docker-entrypoint.sh
COPY --chmod=755 pg_isready.sh /usr/local/bin/pg_isready
VOLUME /var/lib/postgresql
ENTRYPOINT ["docker-entrypoint.sh"]
