import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownServerException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;

/** The words of answers, which hold nothing that is another one from run to run. */
final class SessionAnswer {
    static final Comparator<TopicPartition> BY_PLACE =
            Comparator.comparing(TopicPartition::topic).thenComparing(TopicPartition::partition);
    private static final int SHOWN_BYTES = 20;

    private SessionAnswer() {
    }

    /** The protocol's name of an error, or that of the class if only the client knows it. */
    static String error(Throwable e) {
        Throwable at = e;
        while (at.getCause() != null
                && (at instanceof ExecutionException || at.getClass() == KafkaException.class)) {
            at = at.getCause();
        }
        Errors found = Errors.forException(at);
        return found != Errors.UNKNOWN_SERVER_ERROR || at instanceof UnknownServerException
                ? found.name() : at.getClass().getSimpleName();
    }

    static String positions(Map<TopicPartition, OffsetAndMetadata> positions) {
        Map<TopicPartition, OffsetAndMetadata> sorted = new TreeMap<>(BY_PLACE);
        sorted.putAll(positions);
        return sorted.entrySet().stream().map(e -> {
            OffsetAndMetadata at = e.getValue();
            return place(e.getKey()) + (at == null ? ""
                    : " = " + at.offset() + (at.metadata().isEmpty() ? "" : " " + at.metadata()));
        }).collect(Collectors.joining(" "));
    }

    static String place(TopicPartition at) {
        return at.topic() + ":" + at.partition();
    }

    static String record(ConsumerRecord<byte[], byte[]> r, boolean times, long baseMs) {
        String when = !times ? ""
                : r.timestampType() == TimestampType.LOG_APPEND_TIME ? "@append"
                : "@" + (r.timestamp() - baseMs);
        return r.offset() + ":" + text(r.key()) + "=" + text(r.value()) + when;
    }

    private static String text(byte[] bytes) {
        if (bytes == null) {
            return "-";
        }
        String all = new String(bytes, StandardCharsets.UTF_8);
        return bytes.length <= SHOWN_BYTES ? all : all.substring(0, 8) + ".." + bytes.length;
    }
}
