# What librdkafka's Python client gives in lists of 10,000, counted.
import json, resource, sys, time
from confluent_kafka import Consumer, TopicPartition

bootstrap, topic, messages = sys.argv[1], sys.argv[2], int(sys.argv[3])
start = time.perf_counter()
consumer = Consumer({'bootstrap.servers': bootstrap, 'group.id': 'bench', 'enable.auto.commit': False, 'isolation.level': 'read_committed'})
consumer.assign([TopicPartition(topic, p, 0) for p in range(4)])
seen = size = 0
while seen < messages:
    for message in consumer.consume(10_000, 1.0):
        seen += 1
        size += len(message.value())
seconds = time.perf_counter() - start
usage = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({'seconds': seconds, 'cpuSeconds': usage.ru_utime + usage.ru_stime, 'answer': f'{seen} {size}'}), flush=True)
consumer.close()
