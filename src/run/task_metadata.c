/* task_metadata.c -- claims as text. */
#include "src/base/base.h"

#include <stdlib.h>
#include <string.h>

#include "src/run/task_metadata.h"

static const char magic[] = "weir1;";

void wr_task_metadata_encode(const struct wr_task_metadata *m, struct wr_buf *out)
{
    size_t start = out->len;
    wr_buf_printf(out, "%stask=%s;id=%s;writer=%s", magic, m->task, m->identity, m->writer);
    if (m->dead.topic != NULL) {
        wr_buf_printf(out, ";dead=%s/%d/%lld", m->dead.topic, (int)m->dead.partition,
                      (long long)m->dead.offset);
    }
    if (m->text != NULL && out->len - start + strlen(m->text) + 4 <= WR_TASK_METADATA_MAX) {
        wr_buf_printf(out, ";is=%s", m->text);
    }
}

/* "topic/partition/offset"; topic names hold no '/'. */
static void decode_dead(char *value, struct wr_dead_record *out)
{
    char *partition = strchr(value, '/');
    char *offset = partition != NULL ? strchr(partition + 1, '/') : NULL;
    if (offset == NULL) {
        return;
    }
    *partition = '\0';
    out->topic = value;
    out->partition = (int32_t)strtol(partition + 1, NULL, 10);
    out->offset = strtoll(offset + 1, NULL, 10);
}

bool wr_task_metadata_decode(const char *text, struct wr_arena *arena, struct wr_task_metadata *out)
{
    *out = (struct wr_task_metadata){0};
    if (text == NULL || strncmp(text, magic, sizeof magic - 1) != 0) {
        return false;
    }
    char *rest = wr_arena_strdup(arena, text + sizeof magic - 1);
    while (rest != NULL) {
        char *field = rest;
        if (strncmp(field, "is=", 3) == 0) { /* the last one: may contain ';' */
            out->text = field + 3;
            break;
        }
        rest = strchr(field, ';');
        if (rest != NULL) {
            *rest++ = '\0';
        }
        char *value = strchr(field, '=');
        if (value == NULL) {
            continue;
        }
        *value++ = '\0';
        if (strcmp(field, "task") == 0) {
            out->task = value;
        } else if (strcmp(field, "id") == 0) {
            out->identity = value;
        } else if (strcmp(field, "writer") == 0) {
            out->writer = value;
        } else if (strcmp(field, "dead") == 0) {
            decode_dead(value, &out->dead);
        }
    }
    return out->task != NULL && out->identity != NULL && out->writer != NULL;
}
