import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** One line of a script: a verb, words, and options name=value. */
final class SessionStep {
    /** A script that asks for what is no step; only this ends a run. */
    static final class Wrong extends RuntimeException {
        private static final long serialVersionUID = 1;

        Wrong(String text) {
            super(text);
        }
    }

    final String verb;
    private final List<String> words = new ArrayList<>();
    final Map<String, String> options = new LinkedHashMap<>();

    SessionStep(String line) {
        String[] all = line.trim().split("\\s+");
        verb = all[0];
        for (int i = 1; i < all.length; i++) {
            int at = all[i].indexOf('=');
            if (at < 0) {
                words.add(all[i]);
            } else {
                options.put(all[i].substring(0, at), all[i].substring(at + 1));
            }
        }
    }

    /** The word behind the verb, from 0. */
    String word(int i) {
        if (i >= words.size()) {
            throw new Wrong("\"" + verb + "\" takes more words");
        }
        return words.get(i);
    }

    List<String> from(int i) {
        return words.subList(Math.min(i, words.size()), words.size());
    }

    long number(int i) {
        return parse(word(i));
    }

    boolean has(String name) {
        return words.contains(name);
    }

    String option(String name, String otherwise) {
        return options.getOrDefault(name, otherwise);
    }

    /** Words TOPIC PARTITION from the i-th on. */
    TopicPartition partition(int i) {
        return new TopicPartition(word(i), (int) number(i + 1));
    }

    /** Words TOPIC:PARTITION[:OFFSET[:METADATA]] from the i-th on; without an offset it is null. */
    Map<TopicPartition, OffsetAndMetadata> positions(int i) {
        Map<TopicPartition, OffsetAndMetadata> found = new LinkedHashMap<>();
        for (String word : from(i)) {
            String[] parts = word.split(":");
            if (parts.length < 2) {
                continue;
            }
            TopicPartition at = new TopicPartition(parts[0], (int) parse(parts[1]));
            found.put(at, parts.length == 2 ? null
                    : new OffsetAndMetadata(parse(parts[2]), parts.length > 3 ? parts[3] : ""));
        }
        return found;
    }

    static long parse(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new Wrong("\"" + text + "\" is no number");
        }
    }
}
