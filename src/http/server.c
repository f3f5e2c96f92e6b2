/* server.c -- health and metrics over libmicrohttpd. */
#include "src/base/base.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "src/base/err.h"
#include "src/base/mem.h"
#include "src/http/server.h"

enum { CONNECTIONS_PER_ADDRESS = 8, HEADER_MEMORY = 8192, INACTIVITY_S = 10 };

struct wr_http {
    struct MHD_Daemon *daemon;
    struct wr_http_options o;
    char address[INET6_ADDRSTRLEN + 16];
};

/* ---- addresses ------------------------------------------------------------------------------- */

struct address {
    struct sockaddr_storage storage;
    socklen_t len;
    bool loopback;
};

/* "HOST:PORT" with a numeric host; IPv6 in brackets. */
static bool parse_address(const char *text, struct address *out)
{
    char host[INET6_ADDRSTRLEN];
    const char *colon = strrchr(text, ':');
    bool six = text[0] == '[';
    size_t len = colon != NULL ? (size_t)(colon - text) : 0;
    bool digits =
        colon != NULL && colon[1] != '\0' && strspn(colon + 1, "0123456789") == strlen(colon + 1);
    unsigned long port = digits ? strtoul(colon + 1, NULL, 10) : 65536;
    if (port > 65535) {
        return false;
    }
    if (six) {
        if (len < 3 || text[len - 1] != ']') {
            return false;
        }
        text++;
        len -= 2;
    }
    if (len == 0 || len >= sizeof host) {
        return false;
    }
    memcpy(host, text, len);
    host[len] = '\0';
    *out = (struct address){0};
    if (six) {
        struct sockaddr_in6 *a = (struct sockaddr_in6 *)&out->storage;
        a->sin6_family = AF_INET6;
        a->sin6_port = htons((uint16_t)port);
        out->len = sizeof *a;
        bool ok = inet_pton(AF_INET6, host, &a->sin6_addr) == 1;
        out->loopback = ok && IN6_IS_ADDR_LOOPBACK(&a->sin6_addr);
        return ok;
    }
    struct sockaddr_in *a = (struct sockaddr_in *)&out->storage;
    a->sin_family = AF_INET;
    a->sin_port = htons((uint16_t)port);
    out->len = sizeof *a;
    bool ok = inet_pton(AF_INET, host, &a->sin_addr) == 1;
    out->loopback = ok && ntohl(a->sin_addr.s_addr) >> 24 == 127;
    return ok;
}

/* The address with the port that the system chose. */
static void describe(struct wr_http *h, const struct address *a)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_BIND_PORT);
    unsigned port = info != NULL ? info->port : 0;
    char host[INET6_ADDRSTRLEN] = "?";
    if (a->storage.ss_family == AF_INET6) {
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)&a->storage)->sin6_addr, host,
                  sizeof host);
        snprintf(h->address, sizeof h->address, "[%s]:%u", host, port);
    } else {
        inet_ntop(AF_INET, &((const struct sockaddr_in *)&a->storage)->sin_addr, host, sizeof host);
        snprintf(h->address, sizeof h->address, "%s:%u", host, port);
    }
}

/* ---- requests -------------------------------------------------------------------------------- */

static enum MHD_Result send_answer(struct MHD_Connection *connection, struct wr_http_answer *a,
                                   bool close_after)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(a->body.len, a->body.data, MHD_RESPMEM_MUST_COPY);
    wr_buf_free(&a->body);
    if (response == NULL) {
        return MHD_NO;
    }
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                            a->content_type != NULL ? a->content_type
                                                    : "text/plain; charset=utf-8");
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    if (a->status == MHD_HTTP_METHOD_NOT_ALLOWED) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    }
    if (close_after) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    }
    enum MHD_Result result = MHD_queue_response(connection, (unsigned)a->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, int status, const char *why)
{
    struct wr_http_answer a = {.status = status};
    wr_buf_printf(&a.body, "%s\n", why);
    return send_answer(connection, &a, true);
}

static bool has_body(struct MHD_Connection *connection)
{
    const char *length =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
    return (length != NULL && strcmp(length, "0") != 0) ||
           MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
                                       MHD_HTTP_HEADER_TRANSFER_ENCODING) != NULL;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload_data,
                                  size_t *upload_data_size, void **request)
{
    struct wr_http *h = cls;
    WR_UNUSED(version);
    WR_UNUSED(upload_data);
    WR_UNUSED(upload_data_size);
    WR_UNUSED(request);
    if (has_body(connection)) {
        return refuse(connection, MHD_HTTP_BAD_REQUEST, "no request body is accepted");
    }
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
        return refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD are served");
    }
    for (size_t i = 0; i < h->o.route_count; i++) {
        if (strcmp(url, h->o.routes[i].path) == 0) {
            struct wr_http_answer a = {.status = MHD_HTTP_OK};
            h->o.routes[i].handler(h->o.arg, &a);
            return send_answer(connection, &a, false);
        }
    }
    struct wr_http_answer a = {.status = MHD_HTTP_NOT_FOUND};
    wr_buf_str(&a.body, "not found; there are:");
    for (size_t i = 0; i < h->o.route_count; i++) {
        wr_buf_printf(&a.body, " %s", h->o.routes[i].path);
    }
    wr_buf_char(&a.body, '\n');
    return send_answer(connection, &a, false);
}

/* ---- life ------------------------------------------------------------------------------------ */

enum weir_code wr_http_start(struct wr_http **out, const struct wr_http_options *options,
                             struct weir_error *err)
{
    struct address a;
    *out = NULL;
    if (!parse_address(options->listen, &a)) {
        return wr_fail(err, WEIR_ECONFIG,
                       "cannot listen on \"%s\": an address is written ADDRESS:PORT with a numeric "
                       "address, IPv6 in brackets",
                       options->listen);
    }
    if (!a.loopback && !options->allow_remote) {
        return wr_fail(err, WEIR_ECONFIG,
                       "will not listen on \"%s\": anybody who can reach it could read health and "
                       "metrics; use a loopback address, or set weir.http.allow.remote=true",
                       options->listen);
    }
    struct wr_http *h = WR_NEW(struct wr_http);
    h->o = *options;
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_ITC;
    flags |= a.storage.ss_family == AF_INET6 ? MHD_USE_IPv6 : 0;
    errno = 0;
    h->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, h, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&a.storage,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)WR_HTTP_CONNECTIONS,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)CONNECTIONS_PER_ADDRESS,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADER_MEMORY, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)INACTIVITY_S, MHD_OPTION_END);
    if (h->daemon == NULL) {
        int e = errno;
        wr_free(h);
        return wr_fail(err, WEIR_EIO,
                       "could not listen on \"%s\": %s; choose another address with "
                       "weir.http.listen, or off",
                       options->listen, e != 0 ? wr_errno_text(e) : "the server did not start");
    }
    describe(h, &a);
    *out = h;
    return WEIR_OK;
}

void wr_http_stop(struct wr_http *h)
{
    if (h != NULL) {
        MHD_stop_daemon(h->daemon);
        wr_free(h);
    }
}

const char *wr_http_address(const struct wr_http *h)
{
    return h->address;
}
