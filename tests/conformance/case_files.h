/* case_files.h -- the conformance cases on disk: .json files with one case, .jsonl files with one
 * case a line. */
#ifndef WR_CASE_FILES_H
#define WR_CASE_FILES_H

#include <jansson.h>

/* Call fn with each case in path: a file, or a directory and those in it, in the order of their
 * names; other files there are passed over. Prints what cannot be read to stderr and returns false
 * at the first such file. */
bool case_files_each(const char *path, void (*fn)(json_t *json, void *arg), void *arg);

#endif
