import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.KafkaException;

/**
 * Runs a script of steps against a cluster through Apache Kafka's Java clients and prints one line
 * for each, as session.c does through librdkafka: SessionRunner SERVERS SCRIPT. A step that these
 * clients cannot do is answered "skipped".
 */
final class SessionRunner {
    private interface Verb {
        String run(SessionStep t) throws Exception;
    }

    private final Map<String, Verb> verbs = new HashMap<>();
    private final SessionClients clients;
    private final SessionProducers producers;
    private final SessionMembers members;

    private SessionRunner(String servers) {
        clients = new SessionClients(servers);
        producers = new SessionProducers(clients);
        members = new SessionMembers(clients);
        SessionReads reads = new SessionReads(clients);
        SessionTopics topics = new SessionTopics(clients);
        SessionGroups groups = new SessionGroups(clients);
        verbs.put("create", topics::create);
        verbs.put("delete", topics::delete);
        verbs.put("grow", topics::grow);
        verbs.put("alter", topics::alter);
        verbs.put("config", topics::config);
        verbs.put("delete-records", topics::deleteRecords);
        verbs.put("producer", producers::producer);
        verbs.put("produce", producers::produce);
        verbs.put("begin", producers::begin);
        verbs.put("commit", producers::commit);
        verbs.put("abort", producers::abort);
        verbs.put("offsets", producers::offsets);
        verbs.put("close", producers::close);
        verbs.put("read", reads::read);
        verbs.put("compacted", reads::compacted);
        verbs.put("watermarks", reads::watermarks);
        verbs.put("time", reads::time);
        verbs.put("join", members::join);
        verbs.put("settle", members::settle);
        verbs.put("leave", members::leave);
        verbs.put("commit-member", members::commit);
        verbs.put("describe", groups::describe);
        verbs.put("groups", groups::list);
        verbs.put("delete-group", groups::delete);
        verbs.put("positions", groups::positions);
        verbs.put("set-positions", groups::set);
        verbs.put("forget-positions", groups::forget);
        verbs.put("sleep", t -> {
            SessionClients.sleep(t.number(0));
            return "ok";
        });
    }

    private String answer(SessionStep t) throws Exception {
        Verb verb = verbs.get(t.verb);
        if (verb == null) {
            return "skipped";
        }
        try {
            return verb.run(t);
        } catch (ExecutionException | KafkaException | IllegalStateException
                | IllegalArgumentException e) {
            return SessionAnswer.error(e);
        }
    }

    private void run(List<String> lines) throws Exception {
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (!line.isBlank() && !line.startsWith("#")) {
                System.out.println((i + 1) + " " + line + " -> " + answer(new SessionStep(line)));
                System.out.flush();
            }
        }
        producers.closeAll();
        members.closeAll();
        clients.admin.close();
    }

    public static void main(String[] args) throws Exception {
        try {
            new SessionRunner(args[0]).run(Files.readAllLines(Path.of(args[1])));
        } catch (SessionStep.Wrong e) {
            System.out.flush();
            System.err.println("SessionRunner: " + e.getMessage());
            System.exit(2);
        }
    }
}
