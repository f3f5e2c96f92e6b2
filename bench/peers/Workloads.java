import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.JoinWindows;
import org.apache.kafka.streams.kstream.Joined;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.SessionWindows;
import org.apache.kafka.streams.kstream.StreamJoined;
import org.apache.kafka.streams.kstream.Suppressed;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.kstream.WindowedSerdes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.SessionStore;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowStore;

/** The topologies that are measured, by name. Each counts what its sources deliver. */
final class Workloads {
    static final Serde<String> STRING = Serdes.String();
    static final Serde<byte[]> BYTES = Serdes.ByteArray();
    static final Serde<Long> LONG = Serdes.Long();

    /** Records taken from sources, and from the repartition topic of the word count. */
    static final LongAdder SOURCE = new LongAdder();
    static final LongAdder MIDDLE = new LongAdder();
    static volatile boolean begun;

    private final StreamsBuilder builder = new StreamsBuilder();
    private final String in = Figures.get("in", "clicks-z100");
    private final String out = Figures.get("out", "out");

    private Workloads() {
    }

    /** Counts records as the stream thread takes them from a topic; costs one add per record. */
    private static <T> Serde<T> counting(Serde<T> serde, LongAdder counter) {
        Deserializer<T> deserializer = serde.deserializer();
        return Serdes.serdeFrom(serde.serializer(), (topic, data) -> {
            counter.increment();
            if (!begun) {
                begun = true;
            }
            return deserializer.deserialize(topic, data);
        });
    }

    private KStream<String, byte[]> clicks(String topic) {
        return builder.stream(topic, Consumed.with(STRING, counting(BYTES, SOURCE)));
    }

    static Topology build(String name) {
        Workloads w = new Workloads();
        switch (name) {
        case "pass":
            w.pass();
            break;
        case "mapfilter":
            w.mapFilter();
            break;
        case "count":
            w.count(Figures.get("store", "rocksDB").equals("in_memory"));
            break;
        case "last":
            w.last();
            break;
        case "wordcount":
            w.wordCount();
            break;
        case "tumbling":
            w.windowed(TimeWindows.ofSizeAndGrace(Duration.ofSeconds(10), Duration.ofSeconds(10)));
            break;
        case "hopping":
            w.windowed(TimeWindows.ofSizeAndGrace(Duration.ofSeconds(60), Duration.ofSeconds(10))
                    .advanceBy(Duration.ofSeconds(5)));
            break;
        case "session":
            w.session();
            break;
        case "ssjoin":
            w.streamJoin();
            break;
        case "stjoin":
            w.tableJoin();
            break;
        default:
            throw new IllegalArgumentException(name);
        }
        return w.builder.build();
    }

    private void pass() {
        builder.stream(in, Consumed.with(BYTES, counting(BYTES, SOURCE)))
                .to(out, Produced.with(BYTES, BYTES));
    }

    private void mapFilter() {
        builder.stream(in, Consumed.with(STRING, counting(STRING, SOURCE)))
                .mapValues(Workloads::pageAndMs)
                .filter((key, value) -> value != null)
                .to(out, Produced.with(STRING, STRING));
    }

    /** {"page":"/p/1","ms":700,...} becomes "/p/1,700", and null when ms is below 500. */
    private static String pageAndMs(String json) {
        int page = valueOf(json, "page") + 1;
        int at = valueOf(json, "ms");
        if (page < 1 || at < 0) {
            return null;
        }
        int ms = 0;
        for (; at < json.length() && json.charAt(at) != ','; at++) {
            ms = ms * 10 + json.charAt(at) - '0';
        }
        return ms < 500 ? null : json.substring(page, json.indexOf('"', page)) + "," + ms;
    }

    /** Where the value of a field of flat JSON starts, -1 if there is none. */
    private static int valueOf(String json, String field) {
        int at = json.indexOf("\"" + field + "\":");
        return at < 0 ? -1 : at + field.length() + 3;
    }

    private void count(boolean inMemory) {
        Materialized<String, Long, KeyValueStore<Bytes, byte[]>> store = inMemory
                ? Materialized.as(Stores.inMemoryKeyValueStore("s"))
                : Materialized.as(Stores.persistentTimestampedKeyValueStore("s"));
        clicks(in).groupByKey()
                .count(store.withKeySerde(STRING).withValueSerde(LONG))
                .toStream()
                .to(out, Produced.with(STRING, LONG));
    }

    /** Keeps each key's last value: a large state. */
    private void last() {
        Materialized<String, byte[], KeyValueStore<Bytes, byte[]>> store =
                Materialized.as(Stores.persistentTimestampedKeyValueStore("s"));
        clicks(in).groupByKey(Grouped.with(STRING, BYTES))
                .reduce((old, fresh) -> fresh, store.withKeySerde(STRING).withValueSerde(BYTES))
                .toStream()
                .mapValues(value -> value.length)
                .to(out, Produced.with(STRING, Serdes.Integer()));
    }

    private void wordCount() {
        Materialized<String, Long, KeyValueStore<Bytes, byte[]>> store = Materialized.as("s");
        builder.stream(in, Consumed.with(BYTES, counting(STRING, SOURCE)))
                .flatMapValues(line -> Arrays.asList(line.split(" ")))
                .groupBy((key, word) -> word, Grouped.with(STRING, counting(STRING, MIDDLE)))
                .count(store.withKeySerde(STRING).withValueSerde(LONG))
                .toStream()
                .to(out, Produced.with(STRING, LONG));
    }

    private void windowed(TimeWindows windows) {
        Materialized<String, Long, WindowStore<Bytes, byte[]>> store = Materialized.as("s");
        KTable<Windowed<String>, Long> counts = clicks(in).groupByKey()
                .windowedBy(windows)
                .count(store.withKeySerde(STRING).withValueSerde(LONG));
        if (Figures.is("final")) {
            counts = counts.suppress(
                    Suppressed.untilWindowCloses(Suppressed.BufferConfig.unbounded()));
        }
        Serde<Windowed<String>> keys =
                WindowedSerdes.timeWindowedSerdeFrom(String.class, windows.size());
        counts.toStream().to(out, Produced.with(keys, LONG));
    }

    private void session() {
        Materialized<String, Long, SessionStore<Bytes, byte[]>> store = Materialized.as("s");
        clicks(in).groupByKey()
                .windowedBy(SessionWindows.ofInactivityGapAndGrace(Duration.ofSeconds(30),
                        Duration.ofSeconds(10)))
                .count(store.withKeySerde(STRING).withValueSerde(LONG))
                .toStream()
                .to(out, Produced.with(WindowedSerdes.sessionWindowedSerdeFrom(String.class),
                        LONG));
    }

    private void streamJoin() {
        JoinWindows windows = JoinWindows.ofTimeDifferenceAndGrace(Duration.ofSeconds(5),
                Duration.ofSeconds(5));
        clicks("left").join(clicks("right"), Workloads::joined, windows,
                StreamJoined.with(STRING, BYTES, BYTES)).to(out, Produced.with(STRING, BYTES));
    }

    private void tableJoin() {
        KTable<String, byte[]> profiles = builder.table("profiles",
                Consumed.with(STRING, BYTES), Materialized.as("s"));
        clicks(in).join(profiles, Workloads::joined, Joined.with(STRING, BYTES, BYTES))
                .to(out, Produced.with(STRING, BYTES));
    }

    /** The first 40 bytes of both sides. */
    private static byte[] joined(byte[] left, byte[] right) {
        byte[] both = new byte[80];
        System.arraycopy(left, 0, both, 0, Math.min(40, left.length));
        System.arraycopy(right, 0, both, 40, Math.min(40, right.length));
        return both;
    }
}
