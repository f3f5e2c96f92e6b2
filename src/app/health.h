/* health.h -- what an application says about itself over HTTP.
 *
 *   /healthz  200 while every thread shows signs of life; says nothing about the cluster
 *   /readyz   200 when every task that is assigned is running; else 503 and why, as JSON
 *   /metrics  Prometheus' text format
 *
 * Thread: the HTTP server's.
 */
#ifndef WR_HEALTH_H
#define WR_HEALTH_H

#include "src/app/app_impl.h"

extern const struct wr_http_route wr_health_routes[];
extern const size_t wr_health_route_count;

/* Register the metrics of the application as a whole. Before the server starts. */
void wr_health_init(struct weir_app *app);

#endif
