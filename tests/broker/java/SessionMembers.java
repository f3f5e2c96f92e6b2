import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.GroupState;

/**
 * Steps of consumers that are members of groups. Their rebalances go on only while `settle` polls
 * them, all together.
 */
final class SessionMembers {
    private static final int SETTLE_POLLS = 600;
    private static final int CHECK_EVERY = 10;
    private static final int STEADY_CHECKS = 4;
    private static final Duration POLL = Duration.ofMillis(20);
    private static final String PACKAGE = "org.apache.kafka.clients.consumer.";
    private static final Map<String, String> STRATEGIES = Map.of(
            "range", PACKAGE + "RangeAssignor",
            "roundrobin", PACKAGE + "RoundRobinAssignor",
            "cooperative-sticky", PACKAGE + "CooperativeStickyAssignor");

    private final SessionClients clients;

    SessionMembers(SessionClients clients) {
        this.clients = clients;
    }

    /** join NAME GROUP TOPIC[,TOPIC...] [instance=ID] [protocol=STRATEGY] [session=MS] */
    String join(SessionStep t) {
        Map<String, String> own = new HashMap<>(Map.of("client.id", t.word(0), "group.id",
                t.word(1), "auto.offset.reset", "latest", "heartbeat.interval.ms", "200",
                "session.timeout.ms", t.option("session", "6000")));
        own.put("partition.assignment.strategy",
                Arrays.stream(t.option("protocol", "range").split(",")).map(STRATEGIES::get)
                        .collect(Collectors.joining(",")));
        if (t.options.containsKey("instance")) {
            own.put("group.instance.id", t.option("instance", ""));
        }
        KafkaConsumer<byte[], byte[]> consumer = clients.consumer(own);
        consumer.subscribe(List.of(t.word(2).split(",")));
        clients.members.put(t.word(0),
                new SessionClients.Member(t.word(0), t.word(1), consumer));
        return "ok";
    }

    private List<SessionClients.Member> of(String group) {
        return clients.members.values().stream().filter(m -> m.group().equals(group)).toList();
    }

    /** What each member has. */
    private String assignments(String group) {
        return of(group).stream().map(m -> m.consumer().assignment().stream()
                .sorted(SessionAnswer.BY_PLACE).map(at -> " " + SessionAnswer.place(at))
                .collect(Collectors.joining("", "| " + m.name(), "")))
                .collect(Collectors.joining(" "));
    }

    private boolean isStable(String group, long members) throws Exception {
        try {
            ConsumerGroupDescription found = clients.admin.describeConsumerGroups(List.of(group))
                    .describedGroups().get(group).get();
            return found.groupState() == GroupState.STABLE && found.members().size() == members;
        } catch (ExecutionException e) {
            return false;
        }
    }

    /**
     * settle GROUP COUNT: poll all members here until the group is stable with so many, and what
     * they have does not change.
     */
    String settle(SessionStep t) throws Exception {
        String group = t.word(0);
        String last = "";
        int steady = 0;
        for (int polls = 0; polls < SETTLE_POLLS && steady < STEADY_CHECKS; polls++) {
            of(group).forEach(m -> m.consumer().poll(POLL));
            if (polls % CHECK_EVERY == 0) {
                String seen = assignments(group);
                steady = seen.equals(last) && isStable(group, t.number(1)) ? steady + 1 : 0;
                last = seen;
            }
        }
        return steady < STEADY_CHECKS ? last + " not stable with " + t.number(1) + " members"
                : last;
    }

    /** leave NAME; a static member stays in its group until its session ends */
    String leave(SessionStep t) {
        clients.member(t.word(0)).consumer().close();
        clients.members.remove(t.word(0));
        return "ok";
    }

    void closeAll() {
        clients.members.values().forEach(m -> m.consumer().close());
    }

    /** commit-member NAME POSITION... */
    String commit(SessionStep t) {
        clients.member(t.word(0)).consumer().commitSync(t.positions(1));
        return "ok";
    }
}
