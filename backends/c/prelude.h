/*
 * The helpers of a printed C source: vector types and small static inline
 * functions, each written once as a template over element type and lanes,
 * and carried by a source only when it is used. Most are loops over lanes,
 * which compilers turn into single instructions of whatever width there is;
 * nothing needs an intrinsics header, and what a compiler cannot see has a
 * portable twin behind #ifdef.
 */
#ifndef KEVO_BACKENDS_C_PRELUDE_H
#define KEVO_BACKENDS_C_PRELUDE_H

#include "core/buf.h"
#include "lower/thread.h"

enum { PRELUDE_MADE = 512, PRELUDE_NAME_BYTES = 64 };

/* A helper's name or a type's, by value. */
struct prelude_name {
        char text[PRELUDE_NAME_BYTES];
};

/* A template. $V vector type, $S its scalar, $P that in memory, $I signed
 * integers as wide and $i one of them, $U 32-bit unsigned lanes, $A 64-bit
 * offsets, $W and $H signed and unsigned 16-bit lanes, $L lanes, $F the type
 * converted from, $x the suffix of libm's functions, $N the type's short name;
 * $name is another helper of the same type. */
struct prelude_row {
        const char *name;
        const char *text;
};

struct prelude {
        struct buf types; /* typedefs of vectors */
        struct buf text;  /* functions, in an order that compiles */
        bool nonfinite;   /* min and max must propagate NaN */
        bool uses_math, uses_bool;
        int count;
        struct {
                const char *name;
                struct thread_type type, from;
        } made[PRELUDE_MADE];
        struct error failure;
};

void prelude_init(struct prelude *prelude, bool nonfinite);
void prelude_dispose(struct prelude *prelude);
/* 0, or the first failure of all that was asked for. */
int prelude_check(const struct prelude *prelude,
                  struct error *err) KEVO_MUST_CHECK;

/* The C name of a type; its typedef is carried from now on. */
struct prelude_name prelude_type(struct prelude *prelude,
                                 struct thread_type type);
/* The name of helper `name` for a type, such as exp_f32x16. */
struct prelude_name prelude_helper(struct prelude *prelude, const char *name,
                                   struct thread_type type);
/* A conversion between types of the same lanes. */
struct prelude_name prelude_cast(struct prelude *prelude,
                                 struct thread_type from,
                                 struct thread_type to);

/* THREAD_SLIDE, THREAD_ZIP or THREAD_UNZIP of two vectors. */
struct prelude_name prelude_shuffle(struct prelude *prelude, enum thread_op op,
                                    struct thread_type type, int from);

/* A function of the C library applied lane by lane; call is its name for
 * doubles, name (static text) the helper's. */
struct prelude_name prelude_libm(struct prelude *prelude, const char *name,
                                 const char *call, int arguments,
                                 struct thread_type type);

/* Is there a helper of that name for vectors of dtype? */
bool prelude_has(const char *name, enum dtype dtype);

#endif
