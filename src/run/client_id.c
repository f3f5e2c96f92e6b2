/* client_id.c -- names of instances and of their producers. */
#include "src/base/base.h"

#include <string.h>

#include "src/run/client_id.h"

void wr_client_id_make(struct wr_buf *out, const char *process_id, const char *nonce, int threads,
                       const char *http)
{
    wr_buf_printf(out, "weir;v=%s;p=%s;n=%s;t=%d", PACKAGE_VERSION, process_id, nonce, threads);
    if (http != NULL) {
        wr_buf_printf(out, ";http=%s", http);
    }
}

void wr_transactional_id_make(struct wr_buf *out, const char *application_id,
                              const char *instance_id, int thread)
{
    wr_buf_printf(out, "%s-%s-%d", application_id, instance_id, thread);
}

bool wr_transactional_id_is_of(const char *transactional_id, const char *application_id,
                               const char *instance_id)
{
    struct wr_buf start = {0};
    wr_buf_printf(&start, "%s-%s-", application_id, instance_id);
    const char *thread = transactional_id + start.len;
    bool ours = strncmp(transactional_id, wr_buf_cstr(&start), start.len) == 0 && *thread != '\0' &&
                thread[strspn(thread, "0123456789")] == '\0';
    wr_buf_free(&start);
    return ours;
}
