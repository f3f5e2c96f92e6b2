/* wire_server.c -- sockets, epoll and time.
 *
 * Each round takes what the sockets have, lets the broker do what time has brought, steps every
 * connection, lets the owner keep what has changed, and sends the answers. A connection that was
 * stepped may have finished the waiting call of another, so after a round in which anything moved
 * the next one does not sleep.
 */
#include "src/base/base.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker/wire/wire_conn.h"
#include "broker/wire/wire_server.h"
#include "src/base/err.h"
#include "src/base/mem.h"
#include "src/base/ptrs.h"

enum {
    DEFAULT_MAX_CLIENTS = 512,
    BACKLOG = 128,
    EVENTS = 64,
    SLEEP_MAX_MS = 60000,
};

struct client {
    struct wr_wire_conn conn;
    int fd;
    uint32_t watched; /* what epoll was told */
    bool gone;
};

struct wr_wire_server {
    struct wr_wire wire;
    struct wr_clock *clock;
    int64_t mono;
    int listener;
    int epoll;
    size_t max_clients;
    enum weir_code (*keep)(void *keeper, struct weir_error *err);
    void *keeper;
    struct wr_ptrs clients;
    char host[INET_ADDRSTRLEN];
    char address[INET_ADDRSTRLEN + 8];
};

/* The wall's time as far as it goes forward, for which the machine's sleep counts; when it is set
 * back, time goes on at its own pace. */
static int64_t tell_time(struct wr_wire_server *s)
{
    int64_t mono = wr_mono_ms(s->clock);
    s->wire.now = wr_max_i64(wr_wall_ms(s->clock), s->wire.now + (mono - s->mono));
    s->mono = mono;
    return s->wire.now;
}

/* ---- listening ------------------------------------------------------------------------------- */

static enum weir_code loopback(const char *host, struct in_addr *out, struct weir_error *err)
{
    if (strcmp(host, "localhost") == 0) {
        host = "127.0.0.1";
    }
    if (inet_pton(AF_INET, host, out) != 1) {
        return wr_fail(err, WEIR_EINVAL, "cannot listen on \"%s\": not an IPv4 address", host);
    }
    if (ntohl(out->s_addr) >> 24 != 127) {
        return wr_fail(err, WEIR_EINVAL,
                       "cannot listen on \"%s\": only loopback addresses (127.0.0.1) are allowed, "
                       "because clients are neither authenticated nor encrypted",
                       host);
    }
    return WEIR_OK;
}

static enum weir_code watch(struct wr_wire_server *s, int fd, uint32_t events, void *of,
                            struct weir_error *err)
{
    struct epoll_event e = {.events = events, .data.ptr = of};
    if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &e) != 0) {
        return wr_fail(err, WEIR_EIO, "could not watch a socket: %s", wr_errno_text(errno));
    }
    return WEIR_OK;
}

static enum weir_code listen_on(struct wr_wire_server *s, struct in_addr host, uint16_t port,
                                struct weir_error *err)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = host, .sin_port = htons(port)};
    socklen_t len = sizeof at;
    int yes = 1;
    wr_assert(inet_ntop(AF_INET, &host, s->host, sizeof s->host) != NULL);
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s->epoll < 0 || s->listener < 0 ||
        setsockopt(s->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(s->listener, (struct sockaddr *)&at, sizeof at) != 0 ||
        listen(s->listener, BACKLOG) != 0 ||
        getsockname(s->listener, (struct sockaddr *)&at, &len) != 0) {
        return wr_fail(err, WEIR_EIO, "could not listen on %s:%u: %s", s->host, port,
                       wr_errno_text(errno));
    }
    s->wire.host = s->host;
    s->wire.port = ntohs(at.sin_port);
    snprintf(s->address, sizeof s->address, "%s:%d", s->host, s->wire.port);
    return watch(s, s->listener, EPOLLIN, &s->listener, err);
}

enum weir_code wr_wire_server_open(struct wr_wire_server **out,
                                   const struct wr_wire_server_options *options,
                                   struct wr_broker *broker, struct weir_error *err)
{
    struct in_addr host;
    *out = NULL;
    enum weir_code code = loopback(options->host, &host, err);
    if (code != WEIR_OK) {
        return code;
    }
    struct wr_wire_server *s = WR_NEW(struct wr_wire_server);
    s->listener = -1;
    s->epoll = -1;
    s->clock = options->clock;
    s->keep = options->keep;
    s->keeper = options->keeper;
    s->mono = wr_mono_ms(s->clock);
    s->max_clients = options->max_clients > 0 ? (size_t)options->max_clients : DEFAULT_MAX_CLIENTS;
    wr_wire_init(&s->wire, broker);
    if (options->log_dir != NULL) {
        s->wire.log_dir = options->log_dir;
    }
    if (options->max_frame != 0) {
        s->wire.max_frame = options->max_frame;
    }
    code = listen_on(s, host, options->port, err);
    if (code != WEIR_OK) {
        wr_wire_server_free(s);
        return code;
    }
    *out = s;
    return WEIR_OK;
}

const char *wr_wire_server_address(const struct wr_wire_server *s)
{
    return s->address;
}

static void close_if_open(int fd)
{
    if (fd >= 0) {
        close(fd);
    }
}

static void free_client(struct client *c)
{
    close_if_open(c->fd);
    wr_wire_conn_free(&c->conn);
    wr_free(c);
}

void wr_wire_server_free(struct wr_wire_server *s)
{
    if (s == NULL) {
        return;
    }
    for (size_t i = 0; i < s->clients.count; i++) {
        free_client(s->clients.items[i]);
    }
    wr_ptrs_free(&s->clients);
    close_if_open(s->listener);
    close_if_open(s->epoll);
    wr_wire_free(&s->wire);
    wr_free(s);
}

/* ---- clients --------------------------------------------------------------------------------- */

static void accept_clients(struct wr_wire_server *s)
{
    for (;;) {
        struct sockaddr_in from;
        socklen_t len = sizeof from;
        char host[INET_ADDRSTRLEN + 1] = "/";
        int yes = 1;
        int fd = accept4(s->listener, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            return; /* nobody is there, or has gone again, or descriptors are short: try later */
        }
        if (s->clients.count >= s->max_clients ||
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) != 0 ||
            inet_ntop(AF_INET, &from.sin_addr, host + 1, sizeof host - 1) == NULL) {
            close(fd);
            continue;
        }
        struct client *c = WR_NEW(struct client);
        c->fd = fd;
        c->watched = EPOLLIN | EPOLLRDHUP;
        wr_wire_conn_init(&c->conn, &s->wire, host);
        if (watch(s, fd, c->watched, c, NULL) != WEIR_OK) {
            free_client(c);
            continue;
        }
        wr_ptrs_push(&s->clients, c);
    }
}

/* Take what the client has sent, in one piece: the others are to have their turn. */
static void receive(struct client *c)
{
    size_t len;
    if (!wr_wire_conn_wants(&c->conn)) {
        return;
    }
    void *room = wr_wire_conn_room(&c->conn, &len);
    ssize_t n = recv(c->fd, room, len, 0);
    if (n > 0) {
        wr_wire_conn_received(&c->conn, (size_t)n);
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        c->gone = true;
    }
}

static void send_out(struct client *c)
{
    struct weir_bytes unsent = wr_wire_conn_unsent(&c->conn);
    if (unsent.len == 0) {
        return;
    }
    ssize_t n = send(c->fd, unsent.data, unsent.len, MSG_NOSIGNAL);
    if (n >= 0) {
        wr_wire_conn_sent(&c->conn, (size_t)n);
    } else if (errno != EAGAIN && errno != EINTR) {
        c->gone = true;
    }
}

/* Tell epoll what this client is waited for. */
static void rewatch(struct wr_wire_server *s, struct client *c)
{
    uint32_t want = EPOLLRDHUP;
    if (wr_wire_conn_wants(&c->conn)) {
        want |= EPOLLIN;
    }
    if (wr_wire_conn_unsent(&c->conn).len != 0) {
        want |= EPOLLOUT;
    }
    struct epoll_event e = {.events = want, .data.ptr = c};
    if (want != c->watched) {
        c->gone |= epoll_ctl(s->epoll, EPOLL_CTL_MOD, c->fd, &e) != 0;
        c->watched = want;
    }
}

static void take_event(struct wr_wire_server *s, const struct epoll_event *e)
{
    struct client *c = e->data.ptr;
    if (e->data.ptr == &s->listener) {
        accept_clients(s);
        return;
    }
    if ((e->events & EPOLLIN) != 0) {
        receive(c);
    }
    if ((e->events & (EPOLLERR | EPOLLHUP)) != 0 ||
        ((e->events & EPOLLRDHUP) != 0 && (c->watched & EPOLLIN) == 0)) {
        c->gone = true;
    }
}

/* True if anything moved. What is unsent before was kept in an earlier round. */
static bool step_clients(struct wr_wire_server *s)
{
    bool moved = false;
    for (size_t i = 0; i < s->clients.count; i++) {
        struct client *c = s->clients.items[i];
        send_out(c); /* first: unsent answers may be what holds the next one up */
        moved |= wr_wire_conn_step(&c->conn);
    }
    return moved;
}

static void answer_clients(struct wr_wire_server *s)
{
    for (size_t i = 0; i < s->clients.count; i++) {
        struct client *c = s->clients.items[i];
        send_out(c);
        rewatch(s, c);
    }
}

static void drop_gone(struct wr_wire_server *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->clients.count; i++) {
        struct client *c = s->clients.items[i];
        if (c->gone || c->conn.broken) {
            free_client(c);
        } else {
            s->clients.items[kept++] = c;
        }
    }
    s->clients.count = kept;
}

/* ---- the loop -------------------------------------------------------------------------------- */

static int sleep_ms(const struct wr_wire_server *s)
{
    int64_t next = wr_broker_next(s->wire.broker);
    for (size_t i = 0; i < s->clients.count; i++) {
        const struct client *c = s->clients.items[i];
        next = wr_min_i64(next, wr_wire_conn_next(&c->conn));
    }
    return (int)wr_max_i64(0, wr_min_i64(next - s->wire.now, SLEEP_MAX_MS));
}

enum weir_code wr_wire_server_run(struct wr_wire_server *s, int stop_fd, struct weir_error *err)
{
    struct epoll_event events[EVENTS];
    bool stop = false;
    bool moved = true;
    enum weir_code code = watch(s, stop_fd, EPOLLIN, NULL, err);
    while (code == WEIR_OK && !stop) {
        int n = epoll_wait(s->epoll, events, EVENTS, moved ? 0 : sleep_ms(s));
        if (n < 0 && errno != EINTR) {
            code = wr_fail(err, WEIR_EIO, "could not wait for clients: %s", wr_errno_text(errno));
        }
        tell_time(s);
        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr == NULL) {
                stop = true;
            } else {
                take_event(s, &events[i]);
            }
        }
        if (wr_broker_next(s->wire.broker) <= s->wire.now) {
            wr_broker_tick(s->wire.broker, s->wire.now);
        }
        moved = step_clients(s);
        if (code == WEIR_OK && s->keep != NULL) {
            code = s->keep(s->keeper, err);
        }
        if (code == WEIR_OK) {
            answer_clients(s);
        }
        drop_gone(s);
    }
    epoll_ctl(s->epoll, EPOLL_CTL_DEL, stop_fd, NULL);
    return code;
}
