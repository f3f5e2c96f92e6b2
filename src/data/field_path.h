/* field_path.h -- a compiled path into a structured value (see weir_field_of). */
#ifndef WR_FIELD_PATH_H
#define WR_FIELD_PATH_H

#include "src/base/arena.h"
#include "src/base/base.h"

struct wr_path_step {
    struct weir_bytes name; /* of a member; null: the step is an index */
    bool plain;             /* JSON writes the name as it is, or with needless escapes */
    size_t index;
};

/* Compile path into steps in arena. WEIR_EINVAL says what is wrong with it and where. */
WR_MUST_CHECK enum weir_code wr_path_compile(struct wr_arena *arena, const char *path,
                                             const struct wr_path_step **steps, size_t *count,
                                             struct weir_error *err);

#endif
