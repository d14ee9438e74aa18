/*
 * Element types. The 16-bit floats are converted by integer arithmetic on
 * the bits of a double, so that a store rounds once, from the exact value,
 * to nearest even: going through float first would round twice. No compiler
 * support for half precision is needed.
 */
#include "spec/dtype.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum class { CLASS_NONE, CLASS_FLOAT, CLASS_INTEGER, CLASS_BOOLEAN };

/* fraction: stored bits of the significand; exponent: of the smallest normal
 * number. */
struct dtype_row {
        const char *name, *c_name;
        size_t bytes;
        enum class class;
        int fraction, exponent;
        double max;
        int64_t low, high;
};

static const struct dtype_row table[] = {
        [DTYPE_NONE] = {"", "", 0, CLASS_NONE, 0, 0, 0, 0, 0},
        [DTYPE_F64] = {"f64", "double", 8, CLASS_FLOAT, 52, -1022, DBL_MAX, 0,
                       0},
        [DTYPE_F32] = {"f32", "float", 4, CLASS_FLOAT, 23, -126, FLT_MAX, 0,
                       0},
        [DTYPE_F16] = {"f16", "_Float16", 2, CLASS_FLOAT, 10, -14, 65504, 0,
                       0},
        [DTYPE_BF16] = {"bf16", "kevo_bf16", 2, CLASS_FLOAT, 7, -126,
                        0x1.fep127, 0, 0},
        [DTYPE_I64] = {"i64", "int64_t", 8, CLASS_INTEGER, 0, 0, 0x1p63,
                       INT64_MIN, INT64_MAX},
        [DTYPE_I32] = {"i32", "int32_t", 4, CLASS_INTEGER, 0, 0, INT32_MAX,
                       INT32_MIN, INT32_MAX},
        [DTYPE_I16] = {"i16", "int16_t", 2, CLASS_INTEGER, 0, 0, INT16_MAX,
                       INT16_MIN, INT16_MAX},
        [DTYPE_I8] = {"i8", "int8_t", 1, CLASS_INTEGER, 0, 0, INT8_MAX,
                      INT8_MIN, INT8_MAX},
        [DTYPE_U32] = {"u32", "uint32_t", 4, CLASS_INTEGER, 0, 0, UINT32_MAX,
                       0, UINT32_MAX},
        [DTYPE_U8] = {"u8", "uint8_t", 1, CLASS_INTEGER, 0, 0, UINT8_MAX, 0,
                      UINT8_MAX},
        [DTYPE_BOOL] = {"bool", "bool", 1, CLASS_BOOLEAN, 0, 0, 1, 0, 1},
};

enum { DTYPE_COUNT = sizeof(table) / sizeof(table[0]) };

/* Anything out of range is the row of NONE. */
static const struct dtype_row *row(enum dtype dtype)
{
        return &table[(unsigned)dtype < DTYPE_COUNT ? dtype : DTYPE_NONE];
}

const char *dtype_name(enum dtype dtype)
{
        return row(dtype)->name;
}

enum dtype dtype_from_name(const char *name)
{
        for (int i = DTYPE_NONE + 1; i < DTYPE_COUNT; i++)
                if (strcmp(name, table[i].name) == 0)
                        return (enum dtype)i;
        return DTYPE_NONE;
}

/* C, Rust, NumPy and PyTorch; int and long are as wide as in C. */
enum dtype dtype_from_foreign(const char *name)
{
        static const struct {
                enum dtype dtype;
                const char *names[8];
        } words[] = {
                {DTYPE_F64, {"double", "float64", "fp64"}},
                {DTYPE_F32, {"float", "float32", "fp32", "single"}},
                {DTYPE_F16, {"half", "float16", "fp16", "_Float16"}},
                {DTYPE_BF16, {"bfloat16", "bfloat"}},
                {DTYPE_I64,
                 {"long", "int64", "int64_t", "s64", "size_t", "ptrdiff_t",
                  "isize"}},
                {DTYPE_I32, {"int", "integer", "int32", "int32_t", "s32"}},
                {DTYPE_I16, {"short", "int16", "int16_t", "s16"}},
                {DTYPE_I8, {"char", "int8", "int8_t", "s8"}},
                {DTYPE_U32, {"unsigned", "uint", "uint32", "uint32_t"}},
                {DTYPE_U8, {"byte", "uchar", "uint8", "uint8_t"}},
                {DTYPE_BOOL, {"boolean", "_Bool", "bool_"}},
        };

        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
                for (int k = 0; k < 8 && words[i].names[k]; k++)
                        if (strcmp(name, words[i].names[k]) == 0)
                                return words[i].dtype;
        return DTYPE_NONE;
}

size_t dtype_bytes(enum dtype dtype)
{
        return row(dtype)->bytes;
}

bool dtype_is_float(enum dtype dtype)
{
        return row(dtype)->class == CLASS_FLOAT;
}

bool dtype_is_integer(enum dtype dtype)
{
        return row(dtype)->class == CLASS_INTEGER;
}

const char *dtype_c_name(enum dtype dtype)
{
        return row(dtype)->c_name;
}

double dtype_roundoff(enum dtype dtype)
{
        return dtype_is_float(dtype) ? ldexp(1, -1 - row(dtype)->fraction) : 0;
}

double dtype_tiny(enum dtype dtype)
{
        return dtype_is_float(dtype) ? ldexp(1, row(dtype)->exponent) : 0;
}

double dtype_max(enum dtype dtype)
{
        return row(dtype)->max;
}

int64_t dtype_int_low(enum dtype dtype)
{
        return row(dtype)->low;
}

int64_t dtype_int_high(enum dtype dtype)
{
        return row(dtype)->high;
}

static uint64_t bits_of(double value)
{
        uint64_t bits;

        memcpy(&bits, &value, sizeof(bits));
        return bits;
}

/* Keep `fraction` bits of the significand, fewer below 2^exponent. */
static double round_significand(double value, int fraction, int exponent)
{
        uint64_t bits = bits_of(value);
        int e = (int)(bits >> 52 & 0x7ff) - 1023;
        uint64_t m = (bits & ((1ULL << 52) - 1)) | 1ULL << 52;
        int drop = 52 - fraction;
        uint64_t kept, rest, half;

        if (value == 0 || e == 1024)
                return value;
        if (e < exponent)
                drop += exponent - e;
        if (e == -1023 || drop > 53)
                return copysign(0, value);
        half = 1ULL << (drop - 1);
        kept = m >> drop;
        rest = m & ((half << 1) - 1);
        if (rest > half || (rest == half && (kept & 1)))
                kept++;
        return copysign(ldexp((double)kept, e - 52 + drop), value);
}

/* A C conversion of a value outside the target's range is undefined. */
static int64_t integer_of(double value)
{
        if (isnan(value))
                return 0;
        if (value >= 0x1p63)
                return INT64_MAX;
        if (value <= -0x1p63)
                return INT64_MIN;
        return (int64_t)value;
}

/* Conversion to a narrower signed type is defined by every compiler we
 * support. */
static int64_t wrap(enum dtype dtype, int64_t value)
{
        switch (dtype) {
        case DTYPE_I32:
                return (int32_t)value;
        case DTYPE_I16:
                return (int16_t)value;
        case DTYPE_I8:
                return (int8_t)value;
        case DTYPE_U32:
                return (uint32_t)value;
        case DTYPE_U8:
                return (uint8_t)value;
        case DTYPE_BOOL:
                return value != 0;
        default:
                return value;
        }
}

/* Overflow of a float is an infinity, of an integer a wrap. */
double dtype_round(enum dtype dtype, double value)
{
        const struct dtype_row *r = row(dtype);

        switch (dtype) {
        case DTYPE_NONE:
        case DTYPE_F64:
                return value;
        case DTYPE_F32:
                return (float)value;
        case DTYPE_F16:
        case DTYPE_BF16:
                value = round_significand(value, r->fraction, r->exponent);
                return fabs(value) > r->max ? copysign(INFINITY, value)
                                            : value;
        case DTYPE_BOOL:
                return value != 0;
        default:
                return (double)wrap(dtype, integer_of(value));
        }
}

/* The 16 bits of a value that the type has exactly. */
static uint16_t encode(enum dtype dtype, double value)
{
        int fraction = row(dtype)->fraction, low = row(dtype)->exponent;
        uint16_t sign = signbit(value) ? 0x8000 : 0;
        uint16_t infinity = (uint16_t)(0x7fff >> fraction << fraction);
        uint64_t bits = bits_of(value);
        int e = (int)(bits >> 52 & 0x7ff) - 1023;

        if (isnan(value))
                return sign | infinity | (uint16_t)(1 << (fraction - 1));
        if (isinf(value))
                return sign | infinity;
        if (e < low) /* subnormal: a multiple of the smallest one */
                return sign | (uint16_t)ldexp(fabs(value), fraction - low);
        return sign | (uint16_t)((e - low + 1) << fraction) |
               (uint16_t)((bits >> (52 - fraction)) & ((1U << fraction) - 1));
}

/* Exact: every 16-bit value is a double. */
static double decode(enum dtype dtype, uint16_t bits)
{
        int fraction = row(dtype)->fraction, low = row(dtype)->exponent;
        int m = bits & ((1 << fraction) - 1);
        int e = (bits & 0x7fff) >> fraction;
        int top = 0x7fff >> fraction;
        double value;

        if (e == top)
                value = m ? NAN : INFINITY;
        else if (e == 0)
                value = ldexp(m, low - fraction);
        else
                value = ldexp(m | 1 << fraction, low - fraction + e - 1);
        return bits & 0x8000 ? -value : value;
}

#define LOAD(type)                                                      \
        do {                                                            \
                type value_;                                            \
                memcpy(&value_,                                         \
                       (const char *)array + i * (int64_t)sizeof(type), \
                       sizeof(type));                                   \
                return value_;                                          \
        } while (0)

#define STORE(type, value)                                                 \
        do {                                                               \
                type value_ = (type)(value);                               \
                memcpy((char *)array + i * (int64_t)sizeof(type), &value_, \
                       sizeof(type));                                      \
                return;                                                    \
        } while (0)

static uint16_t load_half(const void *array, int64_t i)
{
        LOAD(uint16_t);
}

static void store_half(void *array, int64_t i, uint16_t bits)
{
        STORE(uint16_t, bits);
}

static double load_f64(const void *array, int64_t i)
{
        LOAD(double);
}

static double load_f32(const void *array, int64_t i)
{
        LOAD(float);
}

/* memcpy, because the array may be the bytes of a file. */
double dtype_load(enum dtype dtype, const void *array, int64_t i)
{
        switch (dtype) {
        case DTYPE_F64:
                return load_f64(array, i);
        case DTYPE_F32:
                return load_f32(array, i);
        case DTYPE_F16:
        case DTYPE_BF16:
                return decode(dtype, load_half(array, i));
        default:
                return (double)dtype_load_int(dtype, array, i);
        }
}

int64_t dtype_load_int(enum dtype dtype, const void *array, int64_t i)
{
        switch (dtype) {
        case DTYPE_I64:
                LOAD(int64_t);
        case DTYPE_I32:
                LOAD(int32_t);
        case DTYPE_I16:
                LOAD(int16_t);
        case DTYPE_I8:
                LOAD(int8_t);
        case DTYPE_U32:
                LOAD(uint32_t);
        case DTYPE_U8:
                LOAD(uint8_t);
        case DTYPE_BOOL:
                return ((const uint8_t *)array)[i] != 0;
        case DTYPE_NONE:
                return 0;
        default:
                return integer_of(dtype_load(dtype, array, i));
        }
}

/* Doubles in integer types are truncated first. */
void dtype_store(enum dtype dtype, void *array, int64_t i, double value)
{
        switch (dtype) {
        case DTYPE_F64:
                STORE(double, value);
        case DTYPE_F32:
                STORE(float, value);
        case DTYPE_F16:
        case DTYPE_BF16:
                store_half(array, i, encode(dtype, dtype_round(dtype, value)));
                return;
        case DTYPE_BOOL:
                ((uint8_t *)array)[i] = value != 0;
                return;
        default:
                dtype_store_int(dtype, array, i, integer_of(value));
        }
}

void dtype_store_int(enum dtype dtype, void *array, int64_t i, int64_t value)
{
        switch (dtype) {
        case DTYPE_I64:
                STORE(int64_t, value);
        case DTYPE_I32:
        case DTYPE_U32:
                STORE(uint32_t, value);
        case DTYPE_I16:
                STORE(uint16_t, value);
        case DTYPE_I8:
        case DTYPE_U8:
                STORE(uint8_t, value);
        case DTYPE_BOOL:
                ((uint8_t *)array)[i] = value != 0;
                return;
        case DTYPE_NONE:
                return;
        default:
                /* int64 to float by way of double could round twice only
                 * for f32 beyond 2^53, where float is asked directly. */
                if (dtype == DTYPE_F32)
                        STORE(float, value);
                dtype_store(dtype, array, i, (double)value);
        }
}
