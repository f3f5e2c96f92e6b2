/* wire_server.h -- Kafka's protocol on a loopback address, over the model of a broker.
 *
 * One thread, no locks. The server owns the sockets and the time; the broker is the caller's and is
 * touched only inside wr_wire_server_run. Only loopback addresses are taken: there is neither
 * authentication nor encryption.
 */
#ifndef WR_WIRE_SERVER_H
#define WR_WIRE_SERVER_H

#include "broker/broker.h"
#include "src/base/clock.h"

struct wr_wire_server;

struct wr_wire_server_options {
    const char *host;    /* an IPv4 address in 127.0.0.0/8, or "localhost" */
    uint16_t port;       /* 0: one that is free */
    const char *log_dir; /* as DescribeLogDirs says it; NULL: in memory */
    size_t max_frame;    /* bytes of a request; 0: 100 MiB, as Kafka */
    int32_t max_clients; /* connections at a time; 0: 512, within the usual limit of files */
    struct wr_clock *clock;

    /* Called before anybody is told what has changed; NULL: none. If it fails nobody is told, and
     * the server ends with its error. */
    enum weir_code (*keep)(void *keeper, struct weir_error *err);
    void *keeper;
};

/* Listen. WEIR_EINVAL for an address that is none or is not loopback, WEIR_EIO if the port is in
 * use. */
WR_MUST_CHECK enum weir_code wr_wire_server_open(struct wr_wire_server **out,
                                                 const struct wr_wire_server_options *options,
                                                 struct wr_broker *broker, struct weir_error *err);
void wr_wire_server_free(struct wr_wire_server *s); /* accepts NULL */

/* "127.0.0.1:9092", with the port that was taken. */
const char *wr_wire_server_address(const struct wr_wire_server *s);

/* Serve until stop_fd can be read; it is not read. */
WR_MUST_CHECK enum weir_code wr_wire_server_run(struct wr_wire_server *s, int stop_fd,
                                                struct weir_error *err);

#endif
