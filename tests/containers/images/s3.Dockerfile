FROM orchestrator-test/debian
RUN ln -s /bin/busybox /usr/local/bin/wget
COPY --chmod=755 versitygw /usr/local/bin/versitygw
COPY --chmod=755 s3.sh /usr/local/bin/docker-entrypoint.sh
ENTRYPOINT ["docker-entrypoint.sh"]
