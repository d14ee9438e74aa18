/* Element types: names, sizes, and conversion of one element. */
#ifndef KEVO_SPEC_DTYPE_H
#define KEVO_SPEC_DTYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dtype {
        DTYPE_NONE,
        DTYPE_F64,
        DTYPE_F32,
        DTYPE_F16,
        DTYPE_BF16,
        DTYPE_I64,
        DTYPE_I32,
        DTYPE_I16,
        DTYPE_I8,
        DTYPE_U32,
        DTYPE_U8,
        DTYPE_BOOL
};

const char *dtype_name(enum dtype dtype);     /* "f32"; "" for NONE */
enum dtype dtype_from_name(const char *name); /* NONE when unknown */
/* The type that other languages call so, such as "float32" or "int"; NONE
 * when there is none. For advice only. */
enum dtype dtype_from_foreign(const char *name);
size_t dtype_bytes(enum dtype dtype);
bool dtype_is_float(enum dtype dtype);
bool dtype_is_integer(enum dtype dtype);    /* not bool */
const char *dtype_c_name(enum dtype dtype); /* "float", "_Float16", ... */
/* Half the distance to the next value: unit roundoff, 2^-24 for f32; 0 for
 * integers. Smallest normal number. Largest finite number. */
double dtype_roundoff(enum dtype dtype);
double dtype_tiny(enum dtype dtype);
double dtype_max(enum dtype dtype);
/* Integer range. */
int64_t dtype_int_low(enum dtype dtype);
int64_t dtype_int_high(enum dtype dtype);

/* Element i of an array, converted exactly to double (i64 beyond 2^53 loses
 * bits: use the int form). */
double dtype_load(enum dtype dtype, const void *array, int64_t i);
int64_t dtype_load_int(enum dtype dtype, const void *array, int64_t i);
/* Round to nearest even (floats), wrap (integers). */
void dtype_store(enum dtype dtype, void *array, int64_t i, double value);
void dtype_store_int(enum dtype dtype, void *array, int64_t i, int64_t value);
/* The nearest value of dtype to value, as a double. */
double dtype_round(enum dtype dtype, double value);

#endif
