/* topic_name.c -- see topic_name.h. */
#include "src/base/base.h"

#include <string.h>

#include "src/kproto/topic_name.h"

bool wr_is_name(const char *text)
{
    static const char legal[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t len = strspn(text, legal);
    return len > 0 && len <= WR_NAME_MAX && text[len] == '\0' && strcmp(text, ".") != 0 &&
           strcmp(text, "..") != 0;
}
