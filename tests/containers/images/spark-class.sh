#!/bin/bash
# As Spark's own launcher: the class with Spark's jars and the options that Java 17 needs.
options=(-Xmx"${SPARK_DAEMON_MEMORY:-${SPARK_DRIVER_MEMORY:-1g}}" -Dio.netty.tryReflectionSetAccessible=true)
for package in java.lang java.lang.invoke java.lang.reflect java.io java.net java.nio java.util java.util.concurrent java.util.concurrent.atomic \
  jdk.internal.ref sun.nio.ch sun.nio.cs sun.security.action sun.util.calendar; do
  options+=("--add-opens=java.base/$package=ALL-UNNAMED")
done
exec java "${options[@]}" -cp "/opt/spark/conf:/opt/spark/jars/*" "$@"
