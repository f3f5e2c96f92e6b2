/* rng.h -- seeded pseudo-random numbers (xoshiro256**, Blackman and Vigna 2018). Not for secrets.
 */
#ifndef WR_RNG_H
#define WR_RNG_H

#include "src/base/base.h"

struct wr_rng {
    uint64_t s[4];
};

/* The same seed gives the same numbers on every machine. */
void wr_rng_seed(struct wr_rng *r, uint64_t seed);
uint64_t wr_rng_next(struct wr_rng *r);
uint64_t wr_rng_below(struct wr_rng *r, uint64_t bound); /* 0 .. bound - 1; bound > 0 */

/* Bytes from the kernel, for identities. */
void wr_random_bytes(void *out, size_t len);

/* A random identity as 32 hexadecimal digits and a terminating zero. */
void wr_random_id(char out[33]);

#endif
