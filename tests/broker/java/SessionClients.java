import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The clients of a session, by their names in its script. */
final class SessionClients {
    /** After this long there is no answer. */
    static final Duration ANSWER = Duration.ofSeconds(60);
    /** How long a client asks again for what is not there. */
    static final int ASKING_MS = 8000;

    /** A consumer that is a member of a group. */
    record Member(String name, String group, KafkaConsumer<byte[], byte[]> consumer) {
    }

    final String servers;
    /** When the run began: times in scripts are relative to it. */
    final long baseMs = System.currentTimeMillis() / 1000 * 1000;
    final Admin admin;
    final Map<String, Member> members = new LinkedHashMap<>();

    SessionClients(String servers) {
        this.servers = servers;
        this.admin = Admin.create(settings(Map.of()));
    }

    Properties settings(Map<String, String> own) {
        Properties all = new Properties();
        all.put("bootstrap.servers", servers);
        all.putAll(own);
        return all;
    }

    KafkaProducer<byte[], byte[]> producer(Map<String, String> own) {
        Map<String, String> all = new HashMap<>(Map.of("linger.ms", "0", "max.block.ms",
                String.valueOf(ASKING_MS), "request.timeout.ms", String.valueOf(ASKING_MS),
                "delivery.timeout.ms", String.valueOf(ASKING_MS)));
        all.putAll(own);
        return new KafkaProducer<>(settings(all), new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    KafkaConsumer<byte[], byte[]> consumer(Map<String, String> own) {
        Map<String, String> all = new HashMap<>(Map.of("enable.auto.commit", "false",
                "allow.auto.create.topics", "false", "fetch.max.wait.ms", "10", "group.protocol",
                "classic", "default.api.timeout.ms", String.valueOf(ASKING_MS),
                "request.timeout.ms", String.valueOf(ASKING_MS)));
        all.putAll(own);
        return new KafkaConsumer<>(settings(all), new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }

    Member member(String name) {
        Member found = members.get(name);
        if (found == null) {
            throw new SessionStep.Wrong("there is no member \"" + name + "\"");
        }
        return found;
    }

    static void sleep(long ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
