/* test_server.c -- what the server answers, and what it refuses. Requests are written by hand, so
 * that wrong ones can be made. */
#include "src/base/base.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "src/http/server.h"

enum { PATIENCE_S = 10, ANSWER_MAX = 16384 };

static struct weir_error err;
static struct wr_http *server;
static int asked; /* requests that reached the handler */

static void hello(void *arg, struct wr_http_answer *answer)
{
    asked++;
    wr_buf_printf(&answer->body, "hello %s\n", (const char *)arg);
}

static void busy(void *arg, struct wr_http_answer *answer)
{
    WR_UNUSED(arg);
    answer->status = 503;
    answer->content_type = "application/json";
    wr_buf_str(&answer->body, "{}");
}

static void nothing(void *arg, struct wr_http_answer *answer)
{
    WR_UNUSED(arg);
    WR_UNUSED(answer);
}

static char name[] = "world";
static const struct wr_http_route routes[] = {
    {"/hello", hello}, {"/busy", busy}, {"/nothing", nothing}};

static enum weir_code start(const char *listen, bool allow_remote)
{
    struct wr_http_options o = {
        .listen = listen,
        .allow_remote = allow_remote,
        .routes = routes,
        .route_count = WR_ARRAY_LEN(routes),
        .arg = name,
    };
    return wr_http_start(&server, &o, &err);
}

static void setup(void)
{
    enum weir_code code = start("127.0.0.1:0", false);
    ck_assert_msg(code == WEIR_OK, "%s", err.text);
    asked = 0;
}

static void teardown(void)
{
    wr_http_stop(server);
    server = NULL;
}

static int dial(void)
{
    const char *port = strrchr(wr_http_address(server), ':') + 1;
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
                            .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct timeval patience = {PATIENCE_S, 0};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_ge(fd, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
    return fd;
}

/* Send a request and read until the server closes; "" if it closed without a word. */
static const char *exchange(const char *request, size_t len)
{
    static char answer[ANSWER_MAX];
    size_t got = 0;
    int fd = dial();
    (void)send(fd, request, len, MSG_NOSIGNAL); /* the server may have closed already */
    for (ssize_t n = 1; n > 0 && got<sizeof answer - 1; got += n> 0 ? (size_t)n : 0) {
        n = recv(fd, answer + got, sizeof answer - 1 - got, 0);
    }
    close(fd);
    answer[got] = '\0';
    return answer;
}

static const char *ask(const char *line, const char *headers)
{
    char request[1024];
    int n = snprintf(request, sizeof request,
                     "%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n", line, headers);
    return exchange(request, (size_t)n);
}

static bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

static const struct {
    const char *line;
    const char *headers;
    const char *status;
    const char *body; /* its end; after an empty line */
} requests[] = {
    {"GET /hello", "", "HTTP/1.1 200 OK\r\n", "\r\n\r\nhello world\n"},
    {"GET /busy", "", "HTTP/1.1 503 ", "\r\n\r\n{}"},
    {"GET /nothing", "", "HTTP/1.1 200 OK\r\n", "\r\n\r\n"},
    {"HEAD /hello", "", "HTTP/1.1 200 OK\r\n", "\r\n\r\n"},
    {"GET /none", "", "HTTP/1.1 404 ", "\r\n\r\nnot found; there are: /hello /busy /nothing\n"},
    {"GET /", "", "HTTP/1.1 404 ", "not found; there are: /hello /busy /nothing\n"},
    {"GET /hello/", "", "HTTP/1.1 404 ", "/nothing\n"},
    {"GET /HELLO", "", "HTTP/1.1 404 ", "/nothing\n"},
    {"GET /../hello", "", "HTTP/1.1 404 ", "/nothing\n"},
    {"POST /hello", "", "HTTP/1.1 405 ", "\r\n\r\nonly GET and HEAD are served\n"},
    {"POST /hello", "Content-Length: 0\r\n", "HTTP/1.1 405 ", "are served\n"},
    {"PUT /none", "", "HTTP/1.1 405 ", "are served\n"},
    {"DELETE /hello", "", "HTTP/1.1 405 ", "are served\n"},
    {"OPTIONS /hello", "", "HTTP/1.1 405 ", "are served\n"},
    {"GET /hello", "Content-Length: 5\r\n", "HTTP/1.1 400 ",
     "\r\n\r\nno request body is accepted\n"},
    {"POST /hello", "Content-Length: 99999999999\r\n", "HTTP/1.1 400 ", "is accepted\n"},
    {"GET /hello", "Transfer-Encoding: chunked\r\n", "HTTP/1.1 400 ", "is accepted\n"},
};

START_TEST(each_request_gets_its_answer)
{
    const char *answer = ask(requests[_i].line, requests[_i].headers);
    size_t len = strlen(answer);
    size_t tail = strlen(requests[_i].body);
    ck_assert_msg(strncmp(answer, requests[_i].status, strlen(requests[_i].status)) == 0, "%s",
                  answer);
    ck_assert_msg(len >= tail && strcmp(answer + len - tail, requests[_i].body) == 0, "%s", answer);
    ck_assert(has(answer, "\r\nCache-Control: no-store\r\n"));
}
END_TEST

START_TEST(a_query_does_not_change_the_path)
{
    const char *answer = ask("GET /hello?a=b", "");
    ck_assert_msg(has(answer, "HTTP/1.1 200 "), "%s", answer);
}
END_TEST

START_TEST(the_head_of_an_answer_is_that_of_its_body)
{
    const char *answer = ask("HEAD /hello", "");
    ck_assert(has(answer, "\r\nContent-Length: 12\r\n"));
    ck_assert(!has(answer, "hello world"));
}
END_TEST

START_TEST(a_refused_method_is_told_what_is_allowed)
{
    ck_assert(has(ask("POST /hello", ""), "\r\nAllow: GET, HEAD\r\n"));
    ck_assert_int_eq(asked, 0);
}
END_TEST

START_TEST(the_type_of_an_answer_is_text_unless_its_handler_says_so)
{
    ck_assert(has(ask("GET /hello", ""), "\r\nContent-Type: text/plain; charset=utf-8\r\n"));
    ck_assert(has(ask("GET /busy", ""), "\r\nContent-Type: application/json\r\n"));
}
END_TEST

START_TEST(headers_beyond_the_limit_are_refused)
{
    struct wr_buf request = {0};
    wr_buf_str(&request, "GET /hello HTTP/1.1\r\nHost: x\r\nX: ");
    for (int i = 0; i < 20000; i++) {
        wr_buf_char(&request, 'x');
    }
    wr_buf_str(&request, "\r\n\r\n");
    const char *answer = exchange(request.data, request.len);
    ck_assert_msg(strstr(answer, " 200 ") == NULL, "%s", answer);
    ck_assert_int_eq(asked, 0);
    wr_buf_free(&request);
    ck_assert(has(ask("GET /hello", ""), "hello world")); /* and the server goes on */
}
END_TEST

START_TEST(what_is_no_request_is_refused)
{
    static const char *const garbage[] = {
        "\r\n\r\n\r\n", "GET\r\n\r\n", "\x16\x03\x01 tls?\r\n\r\n", "GET /hello HTTP/9.9\r\n\r\n"};
    const char *answer = exchange(garbage[_i], strlen(garbage[_i]));
    ck_assert_msg(strstr(answer, "hello world") == NULL, "%s", answer);
    ck_assert_int_eq(asked, 0);
}
END_TEST

START_TEST(one_address_gets_no_more_than_its_share_of_connections)
{
    int waiting[8];
    for (size_t i = 0; i < WR_ARRAY_LEN(waiting); i++) {
        waiting[i] = dial();
    }
    ck_assert_str_eq(ask("GET /hello", ""), "");
    close(waiting[0]);
    const char *answer = "";
    for (int i = 0; i < 100 && answer[0] == '\0'; i++) { /* the server notices in its own time */
        usleep(10000);
        answer = ask("GET /hello", "");
    }
    ck_assert(has(answer, "hello world"));
    for (size_t i = 1; i < WR_ARRAY_LEN(waiting); i++) {
        close(waiting[i]);
    }
}
END_TEST

START_TEST(a_server_ends_with_connections_open)
{
    int fd = dial();
    wr_http_stop(server);
    server = NULL;
    wr_http_stop(NULL);
    close(fd);
}
END_TEST

/* ---- addresses ------------------------------------------------------------------------------- */

static const struct {
    const char *listen;
    bool allow_remote;
    enum weir_code code;
    const char *text; /* the beginning of the address, or part of the message */
} addresses[] = {
    {"127.0.0.1:0", false, WEIR_OK, "127.0.0.1:"},
    {"127.8.9.10:0", false, WEIR_OK, "127.8.9.10:"},
    {"[::1]:0", false, WEIR_OK, "[::1]:"},
    {"0.0.0.0:0", true, WEIR_OK, "0.0.0.0:"},
    {"0.0.0.0:0", false, WEIR_ECONFIG, "anybody who can reach it could read"},
    {"[::]:0", false, WEIR_ECONFIG, "weir.http.allow.remote=true"},
    {"10.1.2.3:80", false, WEIR_ECONFIG, "use a loopback address"},
    {"[fe80::1]:80", false, WEIR_ECONFIG, "use a loopback address"},
    {"203.0.113.1:80", true, WEIR_EIO, "could not listen on \"203.0.113.1:80\": "},
    {"", false, WEIR_ECONFIG, "an address is written ADDRESS:PORT"},
    {"7070", false, WEIR_ECONFIG, "an address is written"},
    {":7070", false, WEIR_ECONFIG, "an address is written"},
    {"127.0.0.1", false, WEIR_ECONFIG, "an address is written"},
    {"127.0.0.1:", false, WEIR_ECONFIG, "an address is written"},
    {"127.0.0.1:65536", false, WEIR_ECONFIG, "an address is written"},
    {"127.0.0.1:-1", false, WEIR_ECONFIG, "an address is written"},
    {"127.0.0.1: 80", false, WEIR_ECONFIG, "an address is written"},
    {"127.0.0.1:80x", false, WEIR_ECONFIG, "an address is written"},
    {"127.0.0.1.1:80", false, WEIR_ECONFIG, "an address is written"},
    {"localhost:80", false, WEIR_ECONFIG, "with a numeric address"},
    {"[::1:80", false, WEIR_ECONFIG, "an address is written"},
    {"[]:80", false, WEIR_ECONFIG, "an address is written"},
    {"::1:80", false, WEIR_ECONFIG, "IPv6 in brackets"},
    {"[127.0.0.1]:80", false, WEIR_ECONFIG, "an address is written"},
};

START_TEST(an_address_is_listened_on_or_refused)
{
    enum weir_code code = start(addresses[_i].listen, addresses[_i].allow_remote);
    ck_assert_msg(code == addresses[_i].code, "%s: %s", weir_code_name(code), err.text);
    if (code == WEIR_OK) {
        const char *got = wr_http_address(server);
        size_t len = strlen(addresses[_i].text);
        ck_assert_int_eq(strncmp(got, addresses[_i].text, len), 0);
        ck_assert_int_gt(strtol(got + len, NULL, 10), 0); /* port 0: a free one */
        wr_http_stop(server);
    } else {
        ck_assert_ptr_null(server);
        ck_assert_msg(has(err.text, addresses[_i].text), "%s", err.text);
    }
}
END_TEST

START_TEST(an_address_that_is_taken_is_refused_with_the_reason)
{
    char *taken = wr_strdup(wr_http_address(server));
    struct wr_http *first = server;
    ck_assert_int_eq(start(taken, false), WEIR_EIO);
    ck_assert_msg(has(err.text, "in use") && has(err.text, "weir.http.listen"), "%s", err.text);
    server = first;
    wr_free(taken);
}
END_TEST

START_TEST(an_address_that_was_served_can_be_listened_on_again_at_once)
{
    char *address = wr_strdup(wr_http_address(server));
    ck_assert(has(ask("GET /hello", ""), "hello world"));
    wr_http_stop(server);
    enum weir_code code = start(address, false);
    ck_assert_msg(code == WEIR_OK, "%s", err.text);
    ck_assert_str_eq(wr_http_address(server), address);
    wr_free(address);
}
END_TEST

Suite *server_suite(void)
{
    Suite *s = suite_create("server");
    TCase *tc = tcase_create("requests");
    tcase_set_timeout(tc, 30);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, each_request_gets_its_answer, 0, WR_ARRAY_LEN(requests));
    tcase_add_test(tc, a_query_does_not_change_the_path);
    tcase_add_test(tc, the_head_of_an_answer_is_that_of_its_body);
    tcase_add_test(tc, a_refused_method_is_told_what_is_allowed);
    tcase_add_test(tc, the_type_of_an_answer_is_text_unless_its_handler_says_so);
    tcase_add_test(tc, headers_beyond_the_limit_are_refused);
    tcase_add_loop_test(tc, what_is_no_request_is_refused, 0, 4);
    tcase_add_test(tc, one_address_gets_no_more_than_its_share_of_connections);
    tcase_add_test(tc, a_server_ends_with_connections_open);
    tcase_add_test(tc, an_address_that_is_taken_is_refused_with_the_reason);
    tcase_add_test(tc, an_address_that_was_served_can_be_listened_on_again_at_once);
    suite_add_tcase(s, tc);
    TCase *addr = tcase_create("addresses");
    tcase_add_loop_test(addr, an_address_is_listened_on_or_refused, 0, WR_ARRAY_LEN(addresses));
    suite_add_tcase(s, addr);
    return s;
}
