/* api.h -- what every public header needs: linkage, visibility and attributes.
 *
 * All public headers compile as C17 and as C++17.
 */
#ifndef WEIR_API_H
#define WEIR_API_H

#ifdef __cplusplus
#define WEIR_BEGIN_DECLS extern "C" {
#define WEIR_END_DECLS }
#else
#define WEIR_BEGIN_DECLS
#define WEIR_END_DECLS
#endif

/* Exported from libweir; everything else in the library is hidden. */
#define WEIR_API __attribute__((visibility("default")))

/* The result says whether the call worked and must be looked at. */
#define WEIR_MUST_CHECK __attribute__((warn_unused_result))

/* The compiler checks the arguments of a message against its format. */
#define WEIR_PRINTF(format_index, first_argument)                                                  \
    __attribute__((format(printf, format_index, first_argument)))

#endif
