FROM orchestrator-test/debian:bookworm
RUN ln -s /bin/busybox /usr/local/bin/wget
COPY --chmod=755 versitygw /usr/local/bin/versitygw
COPY --chmod=755 versitygw.sh /usr/local/bin/docker-entrypoint.sh
ENTRYPOINT ["docker-entrypoint.sh"]
