import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Properties;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** What Kafka's own client gives, counted. */
public class Drain {
    public static void main(String[] args) {
        long start = System.nanoTime();
        long messages = Long.parseLong(args[2]), seen = 0, bytes = 0;
        Properties settings = new Properties();
        settings.put("bootstrap.servers", args[0]);
        settings.put("isolation.level", "read_committed");
        settings.put("enable.auto.commit", "false");
        settings.put("max.poll.records", "10000");
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            var partitions = IntStream.range(0, 4).mapToObj(p -> new TopicPartition(args[1], p)).toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            while (seen < messages) {
                for (var record : consumer.poll(Duration.ofSeconds(1))) {
                    seen++;
                    bytes += record.value().length;
                }
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            var machine = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
            System.out.printf("{\"seconds\":%f,\"cpuSeconds\":%f,\"answer\":\"%d %d\"}%n", seconds, machine.getProcessCpuTime() / 1e9, seen, bytes);
        }
    }
}
