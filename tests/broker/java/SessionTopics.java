import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DeleteRecordsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Steps of an operator: topics, configurations, records. */
final class SessionTopics {
    private static final int TRIES = 300;
    private static final int SETTINGS_TRIES = 20;
    private static final int POLL_MS = 50;

    private final SessionClients clients;

    SessionTopics(SessionClients clients) {
        this.clients = clients;
    }

    // ---- topics

    /** Whether the broker shows so many partitions with a leader that answers; 0: no such topic. */
    private boolean has(String topic, int count) throws Exception {
        try {
            TopicDescription found = clients.admin.describeTopics(List.of(topic)).allTopicNames()
                    .get().get(topic);
            if (count == 0 || found.partitions().size() != count
                    || found.partitions().stream().anyMatch(p -> p.leader() == null)) {
                return false;
            }
            clients.admin.listOffsets(found.partitions().stream().collect(Collectors.toMap(
                    p -> new TopicPartition(topic, p.partition()), p -> OffsetSpec.latest())))
                    .all().get();
            return true;
        } catch (ExecutionException e) {
            return count == 0 && e.getCause() instanceof UnknownTopicOrPartitionException;
        }
    }

    private String await(String topic, int count) throws Exception {
        for (int tries = 0; tries < TRIES; tries++) {
            if (has(topic, count)) {
                return "ok";
            }
            SessionClients.sleep(POLL_MS);
        }
        throw new SessionStep.Wrong("topic \"" + topic + "\" did not get " + count
                + " partitions");
    }

    /** create TOPIC PARTITIONS [replication=N] [SETTING=VALUE ...] */
    String create(SessionStep t) throws Exception {
        int partitions = (int) t.number(1);
        short replication = (short) SessionStep.parse(t.option("replication", "1"));
        Map<String, String> settings = new HashMap<>(t.options);
        settings.remove("replication");
        NewTopic topic = new NewTopic(t.word(0),
                partitions == -1 ? Optional.empty() : Optional.of(partitions),
                replication == -1 ? Optional.empty() : Optional.of(replication));
        clients.admin.createTopics(List.of(topic.configs(settings))).all().get();
        return await(t.word(0), partitions == -1 ? 1 : partitions);
    }

    String delete(SessionStep t) throws Exception {
        clients.admin.deleteTopics(List.of(t.word(0))).all().get();
        return await(t.word(0), 0);
    }

    /** grow TOPIC COUNT */
    String grow(SessionStep t) throws Exception {
        int count = (int) t.number(1);
        clients.admin.createPartitions(Map.of(t.word(0), NewPartitions.increaseTo(count))).all()
                .get();
        return await(t.word(0), count);
    }

    /** delete-records TOPIC PARTITION OFFSET */
    String deleteRecords(SessionStep t) throws Exception {
        TopicPartition at = t.partition(0);
        var answer = clients.admin.deleteRecords(
                Map.of(at, RecordsToDelete.beforeOffset(t.number(2))),
                new DeleteRecordsOptions().timeoutMs(SessionClients.ASKING_MS));
        return SessionAnswer.place(at) + " = "
                + answer.lowWatermarks().get(at).get().lowWatermark();
    }

    // ---- configurations

    private static boolean isOwn(ConfigEntry e) {
        return e.source() == ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG;
    }

    private Config described(String topic) throws Exception {
        ConfigResource r = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        return clients.admin.describeConfigs(List.of(r)).values().get(r).get();
    }

    /** alter TOPIC [SETTING=VALUE ...]: these settings and no others */
    String alter(SessionStep t) throws Exception {
        ConfigResource r = new ConfigResource(ConfigResource.Type.TOPIC, t.word(0));
        Collection<AlterConfigOp> changes = new ArrayList<>();
        described(t.word(0)).entries().stream()
                .filter(e -> isOwn(e) && !t.options.containsKey(e.name()))
                .forEach(e -> changes.add(new AlterConfigOp(new ConfigEntry(e.name(), null),
                        AlterConfigOp.OpType.DELETE)));
        t.options.forEach((name, value) -> changes.add(new AlterConfigOp(
                new ConfigEntry(name, value), AlterConfigOp.OpType.SET)));
        clients.admin.incrementalAlterConfigs(Map.of(r, changes)).all().get();
        awaitSettings(t);
        return "ok";
    }

    /**
     * Until the broker that is asked has heard of an alteration. A value that is shown in another
     * form than it was given in makes that wait end by itself.
     */
    private void awaitSettings(SessionStep t) throws Exception {
        for (int tries = 0; tries < SETTINGS_TRIES; tries++) {
            List<ConfigEntry> own = described(t.word(0)).entries().stream()
                    .filter(SessionTopics::isOwn).toList();
            if (own.size() == t.options.size() && own.stream().allMatch(
                    e -> e.value().equalsIgnoreCase(t.option(e.name(), null)))) {
                return;
            }
            SessionClients.sleep(POLL_MS);
        }
    }

    /** All settings, or those that are named; an exclamation mark: set on the topic. */
    String config(SessionStep t) throws Exception {
        return described(t.word(0)).entries().stream()
                .filter(e -> t.from(1).isEmpty() || t.has(e.name()))
                .map(e -> e.name() + "=" + e.value() + (isOwn(e) ? "!" : "")).sorted()
                .collect(Collectors.joining(" "));
    }
}
