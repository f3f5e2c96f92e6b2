/* server.h -- a small HTTP server for health and metrics: GET and HEAD of fixed paths, nothing
 * else.
 *
 * Limits: WR_HTTP_CONNECTIONS connections, 8 of one address, 8 KiB of headers, no request body,
 * 10 s of inactivity. Requests with a body, another method or an unknown path are refused; a query
 * is not looked at. It listens on loopback unless told otherwise; another address must be asked for
 * explicitly, because nothing here asks who is calling.
 *
 * Thread: one of its own, started by wr_http_start; handlers run on it and must not block.
 */
#ifndef WR_HTTP_SERVER_H
#define WR_HTTP_SERVER_H

#include "src/base/base.h"
#include "src/base/buf.h"

enum { WR_HTTP_CONNECTIONS = 64 };

struct wr_http_answer {
    int status;
    const char *content_type; /* default: text/plain; charset=utf-8 */
    struct wr_buf body;       /* filled by the handler; freed by the server */
};

struct wr_http_route {
    const char *path; /* exactly */
    void (*handler)(void *arg, struct wr_http_answer *answer);
};

struct wr_http_options {
    const char *listen;                 /* "127.0.0.1:7070", "[::1]:0"; port 0: any free one */
    bool allow_remote;                  /* an address that is not loopback is refused otherwise */
    const struct wr_http_route *routes; /* count of them; must live as long as the server */
    size_t route_count;
    void *arg;
};

struct wr_http;

/* WEIR_ECONFIG: the address cannot be read or is not allowed; WEIR_EIO: it cannot be bound (says
 * why). */
WR_MUST_CHECK enum weir_code
wr_http_start(struct wr_http **out, const struct wr_http_options *options, struct weir_error *err);
void wr_http_stop(struct wr_http *h); /* accepts NULL */

/* "127.0.0.1:7070", with the real port. */
const char *wr_http_address(const struct wr_http *h);

#endif
