FROM orchestrator-test/debian
RUN useradd --uid 185 spark
# A cluster that lives for one month has no time for the second compiler.
ENV JAVA_TOOL_OPTIONS="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC" PATH="/opt/java/bin:$PATH" SPARK_HOME=/opt/spark SPARK_SCALA_VERSION=2.13
COPY java /opt/java
COPY spark-4.2.0 /opt/spark
COPY --chmod=644 spark-defaults.conf /opt/spark/conf/spark-defaults.conf
COPY --chmod=755 spark-class.sh /opt/spark/bin/spark-class
COPY --chmod=755 spark-submit.sh /opt/spark/bin/spark-submit
USER 185
WORKDIR /tmp
