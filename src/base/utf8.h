/* utf8.h -- UTF-8 as RFC 3629 allows it: no overlong forms, no surrogates, nothing above 10FFFF. */
#ifndef WR_UTF8_H
#define WR_UTF8_H

#include "src/base/base.h"

/* How many bytes (1 to 4) the character at p takes; 0 if the bytes there are broken or cut off.
 * left > 0. */
size_t wr_utf8_len(const unsigned char *p, size_t left);

/* Write a character; returns its bytes (1 to 4). c is no surrogate and at most 10FFFF. */
size_t wr_utf8_put(char out[4], uint32_t c);

/* The number that the four hexadecimal digits of a \u escape stand for, -1 if they are none; what
 * follows the first that is none is not read. */
int32_t wr_hex4(const unsigned char *p);

#endif
