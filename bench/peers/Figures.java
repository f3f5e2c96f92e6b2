import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** Command line, clocks and the line of JSON that every run prints. */
final class Figures {
    private static final Map<String, String> OPTIONS = new HashMap<>();

    private Figures() {
    }

    /** Takes name=value arguments. */
    static void parse(String[] arguments) {
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            OPTIONS.put(argument.substring(0, equals), argument.substring(equals + 1));
        }
    }

    static String get(String name, String otherwise) {
        return OPTIONS.getOrDefault(name, otherwise);
    }

    static long number(String name, String otherwise) {
        return Long.parseLong(get(name, otherwise));
    }

    static boolean is(String name) {
        return get(name, "0").equals("1");
    }

    static String brokers() {
        return System.getenv().getOrDefault("PEERS_BROKERS", "127.0.0.1:19092");
    }

    /** Any name with a dot is a setting of Kafka Streams. */
    static void putDotted(Map<Object, Object> settings) {
        OPTIONS.forEach((name, value) -> {
            if (name.indexOf('.') > 0) {
                settings.put(name, value);
            }
        });
    }

    /** CPU seconds of the process, JIT and garbage collection included. */
    static double cpu() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory
                .getOperatingSystemMXBean()).getProcessCpuTime() / 1e9;
    }

    /** Seconds since the process started. */
    static double since() {
        long start = ManagementFactory.getRuntimeMXBean().getStartTime();
        return (System.currentTimeMillis() - start) / 1e3;
    }

    /** Megabytes of one line of /proc/self/status. */
    static String memory(String field) throws Exception {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith(field)) {
                return String.format("%.0f", Long.parseLong(line.replaceAll("\\D", "")) / 1024.0);
            }
        }
        return "0";
    }

    /** A load of n records, or of so many seconds; after its first third the steady part begins. */
    static final class Third {
        private final long records;
        private final double seconds = Double.parseDouble(get("seconds", "1e9"));
        private long done;
        private double first;
        private double end;
        private double endCpu;
        private long steadyFrom;
        private double steadyWall;
        private double steadyCpu;

        Third(long records) {
            this.records = records;
        }

        /** Is the load over, now that so many records are done? */
        boolean over(long doneNow) {
            if (doneNow == 0) {
                return false;
            }
            done = doneNow;
            end = since();
            first = first == 0 ? end : first;
            if (steadyWall == 0 && (done >= records / 3 || end >= first + seconds / 3)) {
                steadyFrom = done;
                steadyWall = end;
                steadyCpu = cpu();
            }
            boolean over = done >= records || end >= first + seconds;
            endCpu = over ? cpu() : 0;
            return over;
        }

        /** The line of JSON for a load that is over; `more` is JSON. */
        String result(String more) throws Exception {
            double rest = done - steadyFrom;
            double wall = end - first;
            double gc = 0;
            for (GarbageCollectorMXBean bean : ManagementFactory.getGarbageCollectorMXBeans()) {
                gc += bean.getCollectionTime() / 1e3;
            }
            return String.format(Locale.ROOT,
                    "{\"records\":%d,\"wall_total\":%.2f,\"cpu_total\":%.2f,\"rps_total\":%.0f,"
                            + "\"rpcs_total\":%.0f,\"wall_steady\":%.2f,\"rps_steady\":%.0f,"
                            + "\"rpcs_steady\":%.0f,\"gc_s\":%.2f,\"rss_peak_mb\":%s,"
                            + "\"t_first\":%.2f%s}",
                    done, wall, endCpu, done / wall, done / endCpu, end - steadyWall,
                    rest / (end - steadyWall), rest / (endCpu - steadyCpu), gc, memory("VmHWM"),
                    first, more);
        }
    }
}
