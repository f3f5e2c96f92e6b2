/* client_id.c -- names of instances and of their producers. */
#include "src/base/base.h"

#include <stdio.h>
#include <string.h>

#include "src/run/client_id.h"

static const char magic[] = "weir;";

void wr_client_id_make(struct wr_buf *out, const char *process_id, const char *nonce, int threads,
                       const char *http)
{
    wr_buf_printf(out, "%sv=%s;p=%s;n=%s;t=%d", magic, PACKAGE_VERSION, process_id, nonce, threads);
    if (http != NULL) {
        wr_buf_printf(out, ";http=%s", http);
    }
}

/* The value of `name` (one letter) among the fields. */
static bool field(const char *client_id, char name, char out[WR_PROCESS_ID_MAX])
{
    if (client_id == NULL || strncmp(client_id, magic, sizeof magic - 1) != 0) {
        return false;
    }
    for (const char *p = client_id; p != NULL; p = strchr(p, ';')) {
        p += *p == ';';
        if (p[0] == name && p[1] == '=') {
            size_t len = strcspn(p + 2, ";");
            if (len == 0 || len >= WR_PROCESS_ID_MAX) {
                return false;
            }
            memcpy(out, p + 2, len);
            out[len] = '\0';
            return true;
        }
    }
    return false;
}

bool wr_client_id_process(const char *client_id, char out[WR_PROCESS_ID_MAX])
{
    return field(client_id, 'p', out);
}

bool wr_client_id_nonce(const char *client_id, char out[WR_PROCESS_ID_MAX])
{
    return field(client_id, 'n', out);
}

void wr_transactional_id_make(struct wr_buf *out, const char *application_id,
                              const char *process_id, int thread)
{
    wr_buf_printf(out, "%s-%s-%d", application_id, process_id, thread);
}

bool wr_transactional_id_is_of(const char *transactional_id, const char *application_id,
                               const char *process_id)
{
    size_t app = strlen(application_id);
    size_t process = strlen(process_id);
    return strncmp(transactional_id, application_id, app) == 0 && transactional_id[app] == '-' &&
           strncmp(transactional_id + app + 1, process_id, process) == 0 &&
           transactional_id[app + 1 + process] == '-';
}
