import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/** Steps of producers, with transactions and without. */
final class SessionProducers {
    /** How long the markers of a transaction may take to be written. */
    private static final int MARKERS_MS = 1000;
    private static final int POLL_MS = 50;

    /** A producer and what its open transaction has touched. */
    private static final class Named {
        final KafkaProducer<byte[], byte[]> producer;
        final Set<TopicPartition> touched = new HashSet<>();
        final Set<String> groups = new HashSet<>();

        Named(KafkaProducer<byte[], byte[]> producer) {
            this.producer = producer;
        }
    }

    private final SessionClients clients;
    private final Map<String, Named> producers = new HashMap<>();

    SessionProducers(SessionClients clients) {
        this.clients = clients;
    }

    private Named find(String name) {
        Named found = producers.get(name);
        if (found == null) {
            throw new SessionStep.Wrong("there is no producer \"" + name + "\"");
        }
        return found;
    }

    /** producer NAME [idempotent] [txn=ID] [timeout=MS] [compression=CODEC] */
    String producer(SessionStep t) {
        Map<String, String> own = new HashMap<>(Map.of("client.id", t.word(0),
                "compression.type", t.option("compression", "none")));
        String id = t.option("txn", null);
        if (id != null) {
            own.put("transactional.id", id);
            own.put("transaction.timeout.ms", t.option("timeout", "20000"));
        } else {
            own.put("enable.idempotence", String.valueOf(t.has("idempotent")));
        }
        Named made = new Named(clients.producer(own));
        producers.put(t.word(0), made);
        if (id != null) {
            init(made.producer);
        }
        return "ok";
    }

    /** A coordinator that was never asked takes its time, and another transaction may be ending. */
    private static void init(KafkaProducer<byte[], byte[]> producer) {
        long end = System.nanoTime() + SessionClients.ANSWER.toNanos();
        while (true) {
            try {
                producer.initTransactions();
                return;
            } catch (TimeoutException e) {
                if (System.nanoTime() > end) {
                    throw e;
                }
            }
        }
    }

    private static byte[] bytes(String word, int size) {
        if (word.equals("-")) {
            return null;
        }
        return (word + ".".repeat(Math.max(0, size - word.length())))
                .getBytes(StandardCharsets.UTF_8);
    }

    /** produce NAME TOPIC PARTITION KEY VALUE [time=MS] [size=BYTES] */
    String produce(SessionStep t) throws Exception {
        Named p = find(t.word(0));
        TopicPartition at = t.partition(1);
        String when = t.option("time", null);
        int size = (int) SessionStep.parse(t.option("size", "0"));
        p.touched.add(at);
        return "at " + p.producer.send(new ProducerRecord<>(at.topic(), at.partition(),
                when == null ? null : Long.valueOf(clients.baseMs + SessionStep.parse(when)),
                bytes(t.word(3), 0), bytes(t.word(4), size))).get().offset();
    }

    /** Gone without a word: an open transaction stays open. */
    String close(SessionStep t) {
        find(t.word(0)).producer.close(Duration.ZERO);
        producers.remove(t.word(0));
        return "ok";
    }

    void closeAll() {
        producers.values().forEach(p -> p.producer.close(Duration.ZERO));
    }

    String begin(SessionStep t) {
        find(t.word(0)).producer.beginTransaction();
        return "ok";
    }

    String commit(SessionStep t) throws Exception {
        return end(find(t.word(0)), KafkaProducer::commitTransaction);
    }

    String abort(SessionStep t) throws Exception {
        return end(find(t.word(0)), KafkaProducer::abortTransaction);
    }

    private String end(Named p, Consumer<KafkaProducer<byte[], byte[]>> how) throws Exception {
        try {
            how.accept(p.producer);
        } finally {
            awaitMarkers(p);
        }
        return "ok";
    }

    /**
     * A broker may write the markers of a transaction after it has answered: what comes next is to
     * find them there. What was touched may be in another open transaction, so the wait has an end.
     */
    private void awaitMarkers(Named p) throws Exception {
        for (int ms = 0; ms < MARKERS_MS && !hasMarkers(p); ms += POLL_MS) {
            SessionClients.sleep(POLL_MS);
        }
        p.touched.clear();
        p.groups.clear();
    }

    private boolean hasMarkers(Named p) throws Exception {
        if (!ends(p, IsolationLevel.READ_UNCOMMITTED).equals(
                ends(p, IsolationLevel.READ_COMMITTED))) {
            return false;
        }
        for (String group : p.groups) {
            if (isUnstable(group)) {
                return false;
            }
        }
        return true;
    }

    private List<Long> ends(Named p, IsolationLevel level) throws Exception {
        List<Long> found = new ArrayList<>();
        var asked = p.touched.stream()
                .collect(Collectors.toMap(at -> at, at -> OffsetSpec.latest()));
        var answer = clients.admin.listOffsets(asked,
                new ListOffsetsOptions(level).timeoutMs(MARKERS_MS));
        for (TopicPartition at : p.touched) {
            try {
                found.add(answer.partitionResult(at).get().offset());
            } catch (ExecutionException e) {
                found.add(-1L); // it is not there
            }
        }
        return found;
    }

    private boolean isUnstable(String group) throws Exception {
        try {
            clients.admin.listConsumerGroupOffsets(group, new ListConsumerGroupOffsetsOptions()
                    .requireStable(true).timeoutMs(MARKERS_MS / 4))
                    .partitionsToOffsetAndMetadata().get();
            return false;
        } catch (ExecutionException e) {
            return e.getCause() instanceof TimeoutException;
        }
    }

    /** offsets NAME GROUP POSITION... [member=NAME] */
    String offsets(SessionStep t) {
        Named p = find(t.word(0));
        String member = t.option("member", null);
        p.groups.add(t.word(1));
        p.producer.sendOffsetsToTransaction(t.positions(2), member == null ? outsider(t.word(1))
                : clients.member(member).consumer().groupMetadata());
        return "ok";
    }

    private ConsumerGroupMetadata outsider(String group) {
        try (var consumer = clients.consumer(Map.of("group.id", group))) {
            return consumer.groupMetadata();
        }
    }
}
