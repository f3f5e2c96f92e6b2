import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;

/** Steps of readers that are in no group. */
final class SessionReads {
    private static final int COMPACTION_MS = 40000;
    private static final Duration POLL = Duration.ofMillis(100);
    /** A start behind the end is refused within so many polls, or not at all. */
    private static final int POLLS_BEYOND = 10;

    private final SessionClients clients;

    SessionReads(SessionClients clients) {
        this.clients = clients;
    }

    private KafkaConsumer<byte[], byte[]> reader(SessionStep t) {
        return clients.consumer(Map.of("auto.offset.reset", "none", "isolation.level",
                t.has("committed") ? "read_committed" : "read_uncommitted"));
    }

    private static void seek(KafkaConsumer<byte[], byte[]> consumer, TopicPartition at,
            String from) {
        consumer.assign(List.of(at));
        switch (from) {
            case "earliest" -> consumer.seekToBeginning(List.of(at));
            case "latest" -> consumer.seekToEnd(List.of(at));
            default -> consumer.seek(at, SessionStep.parse(from));
        }
    }

    /** The records from `from` up to the end, and where that is. */
    private List<String> all(SessionStep t, String from) {
        TopicPartition at = t.partition(0);
        long until = SessionStep.parse(t.option("until", String.valueOf(Long.MAX_VALUE)));
        List<String> out = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = reader(t)) {
            long end = consumer.endOffsets(List.of(at)).get(at);
            seek(consumer, at, from);
            long deadline = System.nanoTime() + SessionClients.ANSWER.toNanos();
            boolean beyond = consumer.position(at) > end;
            for (int polls = 0; consumer.position(at) < end || beyond && polls < POLLS_BEYOND;
                    polls++) {
                for (ConsumerRecord<byte[], byte[]> r : consumer.poll(POLL)) {
                    if (r.offset() >= until) {
                        out.add("more");
                        return out;
                    }
                    out.add(SessionAnswer.record(r, t.has("times"), clients.baseMs));
                }
                if (System.nanoTime() > deadline) {
                    throw new SessionStep.Wrong("a read was not answered");
                }
            }
            out.add("end " + consumer.position(at));
        }
        return out;
    }

    /** read TOPIC PARTITION FROM [committed] [times] [until=OFFSET] */
    String read(SessionStep t) {
        return String.join(" ", all(t, t.word(2)));
    }

    /** compacted TOPIC PARTITION COUNT: wait until no more records are left than that */
    String compacted(SessionStep t) {
        List<String> found = all(t, "earliest");
        long end = System.nanoTime() + COMPACTION_MS * 1_000_000L;
        while (found.size() - 1 > t.number(2) && System.nanoTime() < end) {
            SessionClients.sleep(250);
            found = all(t, "earliest");
        }
        return String.join(" ", found);
    }

    /** watermarks TOPIC PARTITION [committed] */
    String watermarks(SessionStep t) {
        TopicPartition at = t.partition(0);
        try (KafkaConsumer<byte[], byte[]> consumer = reader(t)) {
            return consumer.beginningOffsets(List.of(at)).get(at) + " to "
                    + consumer.endOffsets(List.of(at)).get(at);
        }
    }

    /** time TOPIC PARTITION MS [committed] */
    String time(SessionStep t) {
        TopicPartition at = t.partition(0);
        try (KafkaConsumer<byte[], byte[]> consumer = reader(t)) {
            OffsetAndTimestamp found =
                    consumer.offsetsForTimes(Map.of(at, clients.baseMs + t.number(2))).get(at);
            return found == null ? "none" : String.valueOf(found.offset());
        }
    }
}
