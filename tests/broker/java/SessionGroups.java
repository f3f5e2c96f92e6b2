import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** Steps of an operator: groups and their committed positions. */
final class SessionGroups {
    /** How long positions that are not stable are asked for. */
    private static final int UNSTABLE_MS = 3000;

    private final SessionClients clients;

    SessionGroups(SessionClients clients) {
        this.clients = clients;
    }

    String describe(SessionStep t) throws Exception {
        ConsumerGroupDescription found = clients.admin.describeConsumerGroups(List.of(t.word(0)))
                .describedGroups().get(t.word(0)).get();
        String head = found.groupState() + " \"" + found.partitionAssignor() + "\"";
        return Stream.concat(Stream.of(head), found.members().stream()
                .sorted(Comparator.comparing(MemberDescription::clientId))
                .map(SessionGroups::member)).collect(Collectors.joining(" "));
    }

    private static String member(MemberDescription m) {
        return m.assignment().topicPartitions().stream().sorted(SessionAnswer.BY_PLACE)
                .map(at -> " " + SessionAnswer.place(at)).collect(Collectors.joining("",
                        "| " + m.clientId() + m.groupInstanceId().map(i -> "/" + i).orElse(""),
                        ""));
    }

    /** groups PREFIX */
    String list(SessionStep t) throws Exception {
        List<String> found = clients.admin.listGroups().valid().get().stream()
                .map(GroupListing::groupId).filter(g -> g.startsWith(t.word(0))).sorted().toList();
        return found.size() + " " + String.join(" ", found);
    }

    String delete(SessionStep t) throws Exception {
        clients.admin.deleteConsumerGroups(List.of(t.word(0))).all().get();
        return "ok";
    }

    /** positions GROUP [TOPIC:PARTITION ...] [stable]; what is not stable is asked for again. */
    String positions(SessionStep t) throws Exception {
        Set<TopicPartition> asked = t.positions(1).keySet();
        Map<TopicPartition, OffsetAndMetadata> found = clients.admin.listConsumerGroupOffsets(
                Map.of(t.word(0), new ListConsumerGroupOffsetsSpec()
                        .topicPartitions(asked.isEmpty() ? null : asked)),
                new ListConsumerGroupOffsetsOptions().requireStable(t.has("stable"))
                        .timeoutMs(UNSTABLE_MS))
                .partitionsToOffsetAndMetadata(t.word(0)).get();
        return "ok " + SessionAnswer.positions(found);
    }

    String set(SessionStep t) throws Exception {
        var asked = t.positions(1);
        var answer = clients.admin.alterConsumerGroupOffsets(t.word(0), asked);
        return each(asked.keySet(), at -> answer.partitionResult(at).get());
    }

    String forget(SessionStep t) throws Exception {
        Set<TopicPartition> asked = t.positions(1).keySet();
        var answer = clients.admin.deleteConsumerGroupOffsets(t.word(0), asked);
        return each(asked, at -> answer.partitionResult(at).get());
    }

    private interface Outcome {
        void of(TopicPartition at) throws Exception;
    }

    private static String each(Set<TopicPartition> asked, Outcome outcome) {
        return asked.stream().sorted(SessionAnswer.BY_PLACE).map(at -> {
            try {
                outcome.of(at);
                return SessionAnswer.place(at) + " ok";
            } catch (Exception e) {
                return SessionAnswer.place(at) + " " + SessionAnswer.error(e);
            }
        }).collect(Collectors.joining(" "));
    }
}
