/* nearest.c -- edit distance, row by row of the usual table. Thread: any. */
#include "src/base/base.h"

#include <string.h>

#include "src/conf/nearest.h"

size_t wr_edit_distance(const char *a, const char *b)
{
    size_t rows[3][WR_NEAREST_MAX + 1];
    size_t *before = rows[0]; /* two rows up, for swaps */
    size_t *above = rows[1];
    size_t *row = rows[2];
    size_t a_len = strlen(a);
    size_t b_len = strlen(b);
    if (a_len > WR_NEAREST_MAX || b_len > WR_NEAREST_MAX) {
        return SIZE_MAX;
    }
    for (size_t j = 0; j <= b_len; j++) {
        above[j] = before[j] = j;
    }
    for (size_t i = 1; i <= a_len; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t replace = above[j - 1] + (a[i - 1] != b[j - 1]);
            size_t gap = 1 + wr_min_size(above[j], row[j - 1]);
            row[j] = wr_min_size(replace, gap);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = wr_min_size(row[j], before[j - 2] + 1);
            }
        }
        size_t *oldest = before;
        before = above;
        above = row;
        row = oldest;
    }
    return above[b_len];
}

bool wr_is_nearer(const char *name, const char *candidate, size_t *best)
{
    size_t d = wr_edit_distance(name, candidate);
    if (d >= *best || d > strlen(name) / 3) {
        return false;
    }
    *best = d;
    return true;
}
