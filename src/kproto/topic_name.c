/* topic_name.c -- see topic_name.h. */
#include "src/base/base.h"

#include <string.h>

#include "src/kproto/topic_name.h"

bool wr_is_name(const char *text)
{
    size_t len = strspn(text, WR_NAME_BYTES);
    return len > 0 && len <= WR_NAME_MAX && text[len] == '\0' && strcmp(text, ".") != 0 &&
           strcmp(text, "..") != 0;
}
