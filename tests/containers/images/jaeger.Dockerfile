FROM orchestrator-test/debian
RUN ln -s /bin/busybox /usr/local/bin/wget
COPY --chmod=755 jaeger /cmd/jaeger
COPY jaeger.yaml /etc/jaeger.yaml
ENTRYPOINT ["/cmd/jaeger", "--config", "/etc/jaeger.yaml"]
