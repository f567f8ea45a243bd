FROM orchestrator-test/debian:bookworm
RUN useradd --uid 185 spark
ENV SPARK_HOME=/opt/spark SPARK_SCALA_VERSION=2.13
COPY spark-4.2.0 /opt/spark
RUN rm -f /opt/spark/jars/spark-local-extras.jar
COPY --chmod=644 spark-defaults.conf /opt/spark/conf/spark-defaults.conf
COPY --chmod=755 spark-class.sh /opt/spark/bin/spark-class
COPY --chmod=755 spark-submit.sh /opt/spark/bin/spark-submit
USER 185
WORKDIR /tmp
