import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.processor.StateRestoreListener;

/**
 * Kafka Streams as a peer: one workload per run, all settings as name=value arguments.
 *
 * <p>w=NAME is a workload of Workloads.java, w=raw the plain clients, w=ttd the test driver; n is
 * the number of records, 0 to run until a signal, or with stop=running until all is restored;
 * seconds ends the load earlier.
 */
public final class Peers {
    private Peers() {
    }

    public static void main(String[] arguments) throws Exception {
        Figures.parse(arguments);
        String workload = Figures.get("w", "count");
        if (workload.equals("ttd")) {
            testDriver();
        } else if (workload.equals("raw")) {
            plainClients();
        } else {
            streams(workload, Figures.number("n", "0"));
        }
    }

    private static Properties settings(String application, String brokers) {
        Properties p = new Properties();
        p.put("application.id", application);
        p.put("bootstrap.servers", brokers);
        p.put("default.key.serde", Serdes.StringSerde.class);
        p.put("default.value.serde", Serdes.ByteArraySerde.class);
        p.put("auto.offset.reset", "earliest");
        p.put("windowstore.changelog.additional.retention.ms", "" + 7 * 86400000L);
        Figures.putDotted(p);
        return p;
    }

    private static void say(String format, Object... arguments) {
        System.err.printf(Locale.ROOT, "%.3f ", Figures.since());
        System.err.printf(format + "%n", arguments);
    }

    /** What was restored, and when the first store began and the last one ended. */
    private static final class Restores implements StateRestoreListener {
        private final boolean verbose;
        private long records;
        private double begun;
        private double ended;

        Restores(boolean verbose) {
            this.verbose = verbose;
        }

        @Override
        public synchronized void onRestoreStart(TopicPartition t, String store, long from,
                long to) {
            begun = begun == 0 ? Figures.since() : begun;
            if (verbose) {
                say("restore %s from %d to %d", t, from, to);
            }
        }

        @Override
        public synchronized void onBatchRestored(TopicPartition t, String store, long end,
                long count) {
            records += count;
        }

        @Override
        public synchronized void onRestoreEnd(TopicPartition t, String store, long count) {
            ended = Figures.since();
            if (verbose) {
                say("restored %s: %d", t, count);
            }
        }
    }

    private static void streams(String workload, long n) throws Exception {
        boolean verbose = Figures.is("verbose");
        KafkaStreams streams = new KafkaStreams(Workloads.build(workload),
                settings(Figures.get("app", "peers-" + workload), Figures.brokers()));
        Restores restores = new Restores(verbose);
        streams.setGlobalStateRestoreListener(restores);
        double[] running = new double[2]; // when it first was, and the CPU time until then
        streams.setStateListener((state, before) -> {
            if (verbose) {
                say("%s", state);
            }
            if (state == KafkaStreams.State.RUNNING && running[0] == 0) {
                running[1] = Figures.cpu();
                running[0] = Figures.since();
            }
        });
        streams.start();
        Runtime.getRuntime().addShutdownHook(
                new Thread(() -> streams.close(Duration.ofSeconds(60))));
        if (n == 0) {
            hold(running);
            System.out.printf(Locale.ROOT,
                    "{\"t_running\":%.2f,\"cpu_running\":%.2f,\"restored\":%d,"
                            + "\"restore_s\":%.2f,\"rss_peak_mb\":%s}%n",
                    running[0], running[1], restores.records, restores.ended - restores.begun,
                    Figures.memory("VmHWM"));
            streams.close(Duration.ofSeconds(60));
        } else {
            System.out.println(count(workload, n, streams));
        }
    }

    /** Until a signal, or with stop=running until everything is restored. */
    private static void hold(double[] running) throws Exception {
        boolean stop = Figures.get("stop", "").equals("running");
        boolean told = false;
        while (running[0] == 0 || !stop) {
            Thread.sleep(5);
            if (Workloads.begun && !told) {
                told = true;
                say("first record");
            }
        }
    }

    /** Until the load is over: n records, of a word count words, or the seconds that were asked. */
    private static String count(String workload, long n, KafkaStreams streams) throws Exception {
        LongAdder done = workload.equals("wordcount") ? Workloads.MIDDLE : Workloads.SOURCE;
        Figures.Third third = new Figures.Third(n);
        while (!third.over(done.sum())) {
            Thread.sleep(10);
        }
        double commits = commitShare(streams);
        String result = third.result(String.format(Locale.ROOT,
                ",\"commit_share\":%.3f,\"rss_end_anon_mb\":%s", commits,
                Figures.memory("RssAnon")));
        streams.close(Duration.ofSeconds(120));
        return result;
    }

    /** The share of time that stream threads spend in commits, as Kafka Streams measures it. */
    private static double commitShare(KafkaStreams streams) {
        return streams.metrics().values().stream()
                .filter(m -> m.metricName().name().equals("commit-ratio")
                        && m.metricName().group().equals("stream-thread-metrics"))
                .mapToDouble(m -> ((Number) m.metricValue()).doubleValue()).average().orElse(0);
    }

    /** Java's clients without Kafka Streams, in a loop: the floor for any framework on the JVM. */
    private static void plainClients() throws Exception {
        String out = Figures.get("out", "out");
        boolean transactions = Figures.get("eos", "1").equals("1");
        long n = Figures.number("n", "1000000");
        long everyMs = Figures.number("interval", "100");
        KafkaConsumer<byte[], byte[]> consumer = plainConsumer(transactions);
        KafkaProducer<byte[], byte[]> producer = plainProducer(transactions);
        Figures.Third third = new Figures.Third(n);
        long commitAt = 0; // 0: no transaction is open
        long done = 0;
        for (boolean over = false; !over;) {
            ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(100));
            if (records.isEmpty()) {
                continue;
            }
            if (commitAt == 0) {
                commitAt = System.currentTimeMillis() + everyMs;
                if (transactions) {
                    producer.beginTransaction();
                }
            }
            for (ConsumerRecord<byte[], byte[]> r : records) {
                producer.send(new ProducerRecord<>(out, null, r.timestamp(), r.key(), r.value()));
            }
            done += records.count();
            over = third.over(done);
            if (System.currentTimeMillis() >= commitAt || over) {
                commit(consumer, producer, transactions);
                commitAt = 0;
            }
        }
        System.out.println(third.result(""));
        consumer.close();
        producer.close();
    }

    private static KafkaConsumer<byte[], byte[]> plainConsumer(boolean transactions) {
        Properties p = new Properties();
        p.putAll(Map.of("bootstrap.servers", Figures.brokers(), "group.id",
                Figures.get("app", "raw"), "enable.auto.commit", "false", "auto.offset.reset",
                "earliest", "isolation.level",
                transactions ? "read_committed" : "read_uncommitted", "max.poll.records",
                "1000"));
        KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(p, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        consumer.subscribe(List.of(Figures.get("in", "clicks-z100")));
        return consumer;
    }

    private static KafkaProducer<byte[], byte[]> plainProducer(boolean transactions) {
        Properties p = new Properties();
        p.putAll(Map.of("bootstrap.servers", Figures.brokers(), "linger.ms", "100"));
        if (transactions) {
            p.put("transactional.id", Figures.get("app", "raw"));
        }
        KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(p, new ByteArraySerializer(), new ByteArraySerializer());
        if (transactions) {
            producer.initTransactions();
        }
        return producer;
    }

    private static void commit(KafkaConsumer<byte[], byte[]> consumer,
            KafkaProducer<byte[], byte[]> producer, boolean transactions) {
        Map<TopicPartition, OffsetAndMetadata> positions = new HashMap<>();
        for (TopicPartition partition : consumer.assignment()) {
            positions.put(partition, new OffsetAndMetadata(consumer.position(partition)));
        }
        if (transactions) {
            producer.sendOffsetsToTransaction(positions, consumer.groupMetadata());
            producer.commitTransaction();
        } else {
            producer.flush();
            consumer.commitSync(positions);
        }
    }

    /** The engine alone, in TopologyTestDriver, which runs and commits one record at a time. */
    private static void testDriver() throws Exception {
        long n = Figures.number("n", "1000000");
        long keys = Figures.number("keys", "100000");
        long baseMs = 1760000000000L;
        long outputs = 0;
        byte[] value = new byte[100];
        Random random = new Random(1);
        try (TopologyTestDriver driver = new TopologyTestDriver(
                Workloads.build(Figures.get("topology", "count")), settings("ttd", "none:1"))) {
            TestInputTopic<String, byte[]> in = driver.createInputTopic(
                    Figures.get("in", "clicks-z100"), Workloads.STRING.serializer(),
                    Workloads.BYTES.serializer());
            TestOutputTopic<byte[], byte[]> out = driver.createOutputTopic("out",
                    Workloads.BYTES.deserializer(), Workloads.BYTES.deserializer());
            Figures.Third third = new Figures.Third(n);
            for (long i = 0; !third.over(i); i++) {
                String key = String.format("user-%08d", (long) (random.nextDouble() * keys));
                in.pipeInput(key, value, baseMs + i / 10);
                if (i % 1000 == 999) {
                    outputs += out.readRecordsToList().size();
                }
            }
            System.out.println(third.result(",\"out\":" + outputs));
        }
    }
}
