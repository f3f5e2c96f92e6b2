/* test_wire_server.c -- sockets: listening, serving from a thread, and the end. */
#include "src/base/base.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker/wire/wire_server.h"
#include "src/base/endian.h"
#include "src/base/err.h"
#include "src/base/thread.h"
#include "src/base/wake.h"
#include "tests/unit/suite.h"

static struct wr_broker *broker;
static struct wr_wire_server *server;
static struct wr_wake stop;
static struct wr_thread thread;
static enum weir_code ended;
static struct weir_error err;
static int kept; /* times */
static atomic_bool disk_full;

static enum weir_code keep(void *keeper, struct weir_error *why)
{
    int *times = keeper;
    (*times)++;
    return atomic_load(&disk_full) ? wr_fail(why, WEIR_EFULL, "no space left") : WEIR_OK;
}

static struct wr_wire_server_options on(const char *host, uint16_t port)
{
    return (struct wr_wire_server_options){.host = host,
                                           .port = port,
                                           .max_clients = 2,
                                           .clock = wr_clock_system(),
                                           .keep = keep,
                                           .keeper = &kept};
}

static void serve(void *arg)
{
    struct weir_error *why = arg;
    ended = wr_wire_server_run(server, wr_wake_fd(&stop), why);
}

static void setup(void)
{
    const struct wr_broker_options options = {.seed = 1, .node_id = 1, .default_partitions = 1};
    const struct wr_wire_server_options at = on("127.0.0.1", 0);
    broker = wr_broker_new(&options, wr_wall_ms(wr_clock_system()));
    wr_wake_init(&stop);
    ck_assert_int_ge(wr_wake_fd(&stop), 0); /* before anybody signals */
    ck_assert_int_eq(wr_wire_server_open(&server, &at, broker, &err), WEIR_OK);
    ck_assert_int_eq(wr_thread_start(&thread, "server", serve, &err, &err), WEIR_OK);
}

static void end_server(enum weir_code with)
{
    wr_wake_signal(&stop);
    wr_thread_join(&thread);
    ck_assert_int_eq(ended, with);
    wr_wire_server_free(server);
    server = NULL;
}

static void teardown(void)
{
    if (server != NULL) {
        end_server(WEIR_OK);
    }
    wr_wake_free(&stop);
    wr_broker_check(broker);
    wr_broker_free(broker);
}

static uint16_t port(void)
{
    return (uint16_t)strtol(strchr(wr_wire_server_address(server), ':') + 1, NULL, 10);
}

static int dial(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                             .sin_port = htons(port())};
    struct timeval limit = {.tv_sec = 10};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_ge(fd, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

static const char list_groups[] = "\0\0\0\x0a\0\x10\0\0\0\0\0\x09\xff\xff";
static const char no_groups[] = "\0\0\0\x0a\0\0\0\x09\0\0\0\0\0\0";

static void ask(int fd)
{
    ck_assert_int_eq(send(fd, list_groups, sizeof list_groups - 1, 0), sizeof list_groups - 1);
}

static void expect_answer(int fd)
{
    char out[sizeof no_groups - 1];
    ck_assert_int_eq(recv(fd, out, sizeof out, MSG_WAITALL), sizeof out);
    ck_assert_mem_eq(out, no_groups, sizeof out);
}

static void expect_end(int fd)
{
    char byte;
    ck_assert_int_eq(recv(fd, &byte, 1, 0), 0);
    close(fd);
}

START_TEST(clients_are_answered)
{
    int one = dial();
    int two = dial();
    for (int i = 0; i < 3; i++) {
        ask(one);
        ask(two);
        expect_answer(two);
        expect_answer(one);
    }
    close(one);
    close(two);
}
END_TEST

START_TEST(many_requests_are_answered_before_the_first_answer_is_read)
{
    int fd = dial();
    enum { REQUESTS = 100000 }; /* more than the buffers of both sides hold */
    pid_t writer = fork();
    ck_assert_int_ge(writer, 0);
    if (writer == 0) {
        for (int i = 0; i < REQUESTS; i++) {
            if (send(fd, list_groups, sizeof list_groups - 1, 0) < 0) {
                _exit(1);
            }
        }
        _exit(0);
    }
    usleep(300000);
    for (int i = 0; i < REQUESTS; i++) {
        expect_answer(fd);
    }
    close(fd);
}
END_TEST

START_TEST(client_that_sends_nonsense_is_dropped)
{
    int fd = dial();
    ck_assert_int_eq(send(fd, "GET / HTTP/1.1\r\n\r\n", 18, 0), 18);
    expect_end(fd);
    fd = dial();
    ask(fd);
    expect_answer(fd);
    close(fd);
}
END_TEST

START_TEST(one_client_too_many_is_dropped)
{
    int one = dial();
    int two = dial();
    ask(one);
    expect_answer(one);
    ask(two);
    expect_answer(two);
    expect_end(dial());
    close(one);
    close(two);
}
END_TEST

START_TEST(request_before_a_half_closed_connection_is_done)
{
    int fd = dial();
    ask(fd);
    shutdown(fd, SHUT_WR);
    expect_answer(fd);
    expect_end(fd);
}
END_TEST

START_TEST(nobody_is_told_what_could_not_be_kept)
{
    int fd = dial();
    ask(fd);
    expect_answer(fd);
    atomic_store(&disk_full, true);
    ask(fd);
    end_server(WEIR_EFULL);
    ck_assert_str_eq(err.text, "no space left");
    ck_assert_int_gt(kept, 1);
    expect_end(fd);
}
END_TEST

START_TEST(port_in_use_is_refused)
{
    struct wr_wire_server *second;
    const struct wr_wire_server_options at = on("127.0.0.1", port());
    ck_assert_int_eq(wr_wire_server_open(&second, &at, broker, &err), WEIR_EIO);
    ck_assert_ptr_nonnull(strstr(err.text, "Address already in use"));
    ck_assert_ptr_null(second);
}
END_TEST

static const struct {
    const char *host;
    const char *why;
} hosts[] = {
    {"0.0.0.0", "only loopback"}, {"192.168.0.1", "only loopback"}, {"example", "not an IPv4"},
    {"", "not an IPv4"},          {"::1", "not an IPv4"},
};

START_TEST(address_that_is_not_loopback_is_refused)
{
    struct wr_wire_server *second;
    const struct wr_wire_server_options at = on(hosts[_i].host, 0);
    ck_assert_int_eq(wr_wire_server_open(&second, &at, broker, &err), WEIR_EINVAL);
    ck_assert_ptr_nonnull(strstr(err.text, hosts[_i].why));
    ck_assert_ptr_null(second);
}
END_TEST

START_TEST(localhost_is_loopback)
{
    struct wr_wire_server *second;
    const struct wr_wire_server_options at = on("localhost", 0);
    ck_assert_int_eq(wr_wire_server_open(&second, &at, broker, &err), WEIR_OK);
    ck_assert_int_eq(strncmp(wr_wire_server_address(second), "127.0.0.1:", 10), 0);
    wr_wire_server_free(second);
}
END_TEST

Suite *wire_server_suite(void)
{
    Suite *s = suite_create("wire_server");
    TCase *t = tcase_create("wire_server");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, clients_are_answered);
    tcase_add_test(t, many_requests_are_answered_before_the_first_answer_is_read);
    tcase_add_test(t, client_that_sends_nonsense_is_dropped);
    tcase_add_test(t, one_client_too_many_is_dropped);
    tcase_add_test(t, request_before_a_half_closed_connection_is_done);
    tcase_add_test(t, nobody_is_told_what_could_not_be_kept);
    tcase_add_test(t, port_in_use_is_refused);
    tcase_add_loop_test(t, address_that_is_not_loopback_is_refused, 0, WR_ARRAY_LEN(hosts));
    tcase_add_test(t, localhost_is_loopback);
    suite_add_tcase(s, t);
    return s;
}
