#!/bin/bash
# What the official image does at every start: configuration from CASSANDRA_* variables, root dropped, Cassandra in front.
set -e
[ "$1" = cassandra ] || exec "$@"
if [ "$(id -u)" = 0 ]; then
  chown -R cassandra:cassandra /var/lib/cassandra /etc/cassandra
  exec setpriv --reuid=cassandra --regid=cassandra --init-groups "$0" "$@"
fi

address=${CASSANDRA_LISTEN_ADDRESS:-$(hostname -i | awk '{print $1}')}
cat > /etc/cassandra/cassandra.yaml <<YAML
cluster_name: '${CASSANDRA_CLUSTER_NAME:-Test Cluster}'
num_tokens: ${CASSANDRA_NUM_TOKENS:-16}
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
endpoint_snitch: ${CASSANDRA_ENDPOINT_SNITCH:-SimpleSnitch}
authenticator: AllowAllAuthenticator
authorizer: AllowAllAuthorizer
commitlog_sync: periodic
commitlog_sync_period: 10000ms
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters: [{seeds: '${CASSANDRA_SEEDS:-$address}'}]
listen_address: $address
broadcast_address: ${CASSANDRA_BROADCAST_ADDRESS:-$address}
rpc_address: 0.0.0.0
broadcast_rpc_address: ${CASSANDRA_BROADCAST_RPC_ADDRESS:-$address}
native_transport_port: 9042
YAML
printf 'dc=%s\nrack=%s\n' "${CASSANDRA_DC:-dc1}" "${CASSANDRA_RACK:-rack1}" > /etc/cassandra/cassandra-rackdc.properties
cat > /etc/cassandra/logback.xml <<XML
<configuration>
  <appender name="STDOUT" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%-5level [%thread] %date{ISO8601} %F:%L - %msg%n</pattern></encoder>
  </appender>
  <root level="INFO"><appender-ref ref="STDOUT"/></root>
</configuration>
XML

export MALLOC_ARENA_MAX=4
# shellcheck disable=SC2086
exec java @/opt/cassandra/jvm.args -Xms"$MAX_HEAP_SIZE" -Xmx"$MAX_HEAP_SIZE" \
  -javaagent:"$(echo /opt/cassandra/lib/jamm-*.jar)" -Dcassandra.config=file:///etc/cassandra/cassandra.yaml \
  -Dlogback.configurationFile=/etc/cassandra/logback.xml -Dcassandra.storagedir=/var/lib/cassandra \
  -Dcassandra.jmx.local.port=7199 -Dcom.sun.management.jmxremote.authenticate=false -Dcassandra-foreground=yes \
  ${JVM_EXTRA_OPTS:-} -cp "/etc/cassandra:/opt/cassandra/lib/*" org.apache.cassandra.service.CassandraDaemon
