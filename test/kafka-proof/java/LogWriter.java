import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Random;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Fills a topic with what Kafka's own producer makes of a codec: committed and aborted transactions of records with and without
 * key, value and headers.
 *
 *   LogWriter BROKER TOPIC none|gzip|snappy|lz4|zstd RECORDS TIMESTAMP
 */
public class LogWriter {
    public static void main(String[] args) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", args[0]);
        settings.put("compression.type", args[2]);
        settings.put("linger.ms", "5");
        settings.put("transactional.id", args[1] + ".writer");
        int records = Integer.parseInt(args[3]);
        long time = Long.parseLong(args[4]);
        Random random = new Random(records);
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.initTransactions();
            for (int round = 0; round < 4; round++) {
                producer.beginTransaction();
                for (int i = 0; i < records; i++) producer.send(record(args[1], round, i, time, random));
                if (round % 2 == 0) producer.commitTransaction();
                else {
                    // What is not sent when a transaction is aborted never is.
                    producer.flush();
                    producer.abortTransaction();
                }
            }
        }
    }

    private static ProducerRecord<byte[], byte[]> record(String topic, int round, int i, long time, Random random) {
        byte[] key = i % 3 == 0 ? null : i % 3 == 1 ? new byte[0] : utf8("k" + random.nextInt(50));
        byte[] value = i % 7 == 3 ? null : utf8("{\"round\":" + round + ",\"i\":" + i + ",\"text\":\"" + "ab".repeat(random.nextInt(i % 100 == 99 ? 40_000 : 60)) + "\"}");
        List<Header> headers = new ArrayList<>();
        for (int h = 0; h < i % 4; h++) headers.add(new RecordHeader("h" + h / 2, h == 2 ? null : utf8("v" + i)));
        return new ProducerRecord<>(topic, 0, time + random.nextInt(1000), key, value, headers);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
