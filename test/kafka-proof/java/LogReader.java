import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Properties;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Prints what Kafka's own client finds in topics, up to the end that it is told of at its start.
 *
 *   LogReader BROKER read_committed|read_uncommitted TOPIC...
 *
 * A line for each record: topic, partition, offset, timestamp, timestamp type, key, value, then name and value of each header;
 * bytes in hexadecimal, "-" for what is null, tabs between.
 */
public class LogReader {
    public static void main(String[] args) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", args[0]);
        settings.put("isolation.level", args[1]);
        settings.put("enable.auto.commit", "false");
        settings.put("auto.offset.reset", "none");
        settings.put("default.api.timeout.ms", "60000");
        StringBuilder out = new StringBuilder();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = IntStream.range(2, args.length).mapToObj(i -> args[i]).flatMap(topic -> consumer.partitionsFor(topic).stream()).map(p -> new TopicPartition(p.topic(), p.partition())).toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            var ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
                for (ConsumerRecord<byte[], byte[]> r : consumer.poll(Duration.ofMillis(200))) {
                    if (r.offset() < ends.get(new TopicPartition(r.topic(), r.partition()))) print(out, r);
                }
            }
        }
        System.out.print(out);
        System.out.flush();
    }

    private static void print(StringBuilder out, ConsumerRecord<byte[], byte[]> r) {
        out.append(r.topic()).append('\t').append(r.partition()).append('\t').append(r.offset()).append('\t').append(r.timestamp()).append('\t').append(r.timestampType().id);
        out.append('\t').append(hex(r.key())).append('\t').append(hex(r.value()));
        for (Header h : r.headers()) out.append('\t').append(hex(h.key().getBytes(java.nio.charset.StandardCharsets.UTF_8))).append('\t').append(hex(h.value()));
        out.append('\n');
    }

    private static String hex(byte[] bytes) {
        return bytes == null ? "-" : HexFormat.of().formatHex(bytes);
    }
}
