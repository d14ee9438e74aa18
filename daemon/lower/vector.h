/*
 * From spec expressions to values of a thread program, one lane or many.
 *
 * A scope says what the spec's names mean at a place of the program: the
 * loop value of each index, the one index whose consecutive values lie in
 * the lanes, where tensors are stored, and which expressions are already
 * held in variables. Lowering a real gives a value in the working precision
 * (f32; f64 when any tensor is f64), an integer i64, a boolean a scalar
 * DTYPE_BOOL or a mask. What does not depend on the lane index stays scalar.
 */
#ifndef KEVO_LOWER_VECTOR_H
#define KEVO_LOWER_VECTOR_H

#include "lower/thread.h"

/* The value of an index: base, plus the lane number when lanes is set. */
struct vector_bound {
        const struct thread_expr *base;
        bool lanes;
};

/* An expression (compared by structure) that is held already. */
struct vector_memo {
        const struct expr *key;
        const struct thread_expr *value;
        const struct vector_memo *next;
};

/* What people call a value. */
struct vector_label {
        const struct expr *value;
        const char *name;
        const struct vector_label *next;
};

/* Two indices whose lanes go on from row to row (map_plane.h): row is bound
 * to 0 and column to what lies in front of the first lane. */
struct vector_plane {
        const struct index *row, *column;
        struct thread_type type;
        const struct thread_expr *columns; /* of that type: of each lane */
        bool inside; /* all guarded reads of all lanes are inside the plane */
};

/* Reads whose value for each of some reduced indices is held in all lanes
 * (taps.h). */
enum { VECTOR_TAPS = 4 };

struct vector_tap {
        const struct expr *read;
        int count;
        const struct index *index[LIMIT_RANK]; /* literal ranges from 0 on */
        struct thread_array *array;            /* row-major in these */
};

struct vector_taps {
        int lanes, count;
        struct vector_tap tap[VECTOR_TAPS];
};

struct vector_scope {
        struct thread_program *program;
        enum dtype real; /* working precision */
        int lanes;       /* of values that depend on a lane index */
        /* Lanes in use (scalar i64), NULL: all. The others may compute
         * anything but never touch memory. */
        const struct thread_expr *active;
        /* Hold loads and calls in variables, so that no work is repeated;
         * off, the text stays as nested as the spec. */
        bool hold;
        int variant; /* of calls, see thread_call */
        /* By index number; base NULL: not bound here. Numbers from the
         * spec's index_count on are free for a class's own indices. */
        struct vector_bound *index;
        int index_count;
        /* By tensor number: where it is stored when that is not its own
         * argument; and its first element's offset (NULL: 0), with which
         * `skip` leading subscripts are accounted for. */
        struct {
                struct thread_array *array;
                const struct thread_expr *offset;
                int skip;
        } storage[LIMIT_TENSORS];
        const struct vector_memo *memo;
        const struct vector_label *labels;
        const struct vector_plane *plane; /* guards ask it, NULL: none */
        const struct vector_taps *taps;   /* held ones, NULL: none */
        int64_t ahead;   /* values of an index that gathers are fetched before
                            (fetch.h), 0: not at all */
        bool near;       /* what is gathered was fetched into a cache */
        int terms;       /* lanes for the terms that a search finds for a key
                            that is alone; 0: none */
        int conditional; /* depth of branches that may not be taken */
};

/* How many indices a class may number behind the spec's; how far apart the
 * elements of one load may be. */
enum { VECTOR_OWN_INDICES = 65, VECTOR_STEPS = 4 };

/* f64 when any tensor or param is f64, else f32. */
enum dtype vector_real(const struct spec *spec);

/* A scope with nothing bound, one lane. Fails into program. */
void vector_open(struct vector_scope *scope, struct thread_program *program);
void vector_bind(struct vector_scope *scope, const struct index *index,
                 const struct thread_expr *value);
/* The index whose values base, base + 1, ... are the lanes. */
void vector_bind_lanes(struct vector_scope *scope, const struct index *index,
                       const struct thread_expr *base, int lanes,
                       const struct thread_expr *active);
/* key means value from here on; entries live until scope->memo is set back
 * to what it was. */
void vector_hold(struct vector_scope *scope, const struct expr *key,
                 const struct thread_expr *value);

/* Call value `name` when it is held. */
void vector_label_add(struct vector_scope *scope, const struct expr *value,
                      const char *name);
/* Its label, or NULL. */
const char *vector_label_of(const struct vector_scope *scope,
                            const struct expr *expr);
/* A name for expr's value: its label, or what a person would take. */
void vector_name(const struct vector_scope *scope, const struct expr *expr,
                 char *name, size_t size);

/* The value of expr; emits declarations and the loops of reductions. */
const struct thread_expr *vector_lower(struct vector_scope *scope,
                                       const struct expr *expr);
/* The same, converted to what values of a kind are computed in. */
const struct thread_expr *vector_lower_as(struct vector_scope *scope,
                                          const struct expr *expr,
                                          enum kind kind);
const struct thread_expr *vector_lower_real(struct vector_scope *scope,
                                            const struct expr *expr);
/* The same, converted to the type that a tensor of this kind accumulates
 * and stores in: working precision, i64, or bool. */
enum dtype vector_dtype(const struct vector_scope *scope, enum kind kind);
/* What a tensor is stored in: its own type, or that which it is computed in.
 */
enum dtype vector_stored(const struct vector_scope *scope,
                         const struct tensor *tensor);

/* May expr be lowered with `index` in the lanes? No reduction's range may
 * depend on it, and no lane may be able to divide by zero. */
bool vector_can(const struct expr *expr, const struct index *index);
bool vector_depends(const struct expr *expr, const struct index *index);
/* An integer over sizes and literals alone: what extents are. A header says
 * it again, where no variable is known, so it is never held in one. */
bool vector_is_size(const struct expr *expr);
/* What a subscript grows by from one value of index to the next; 0 when that
 * is no literal. */
int64_t vector_step(const struct expr *s, const struct index *index);
/* Every read of expr that has index in its subscripts has it in the last one
 * alone, where each value of index is a literal number of elements, 1 to
 * `most`, behind the one before. */
bool vector_is_contiguous(const struct expr *expr, const struct index *index,
                          int most);

/* Values of subscripts and ranges: an expression over sizes and bound
 * indices as a scalar i64 plus `stride` per lane; false when it is not of
 * that form (*stride is NULL for 0). */
bool vector_affine(struct vector_scope *scope, const struct expr *expr,
                   const struct thread_expr **base,
                   const struct thread_expr **stride);

/* A mask of the lanes in use for values of dtype, or NULL when all are. */
const struct thread_expr *vector_active(struct vector_scope *scope,
                                        enum dtype dtype);

/* --- parts of vector_lower with a file of their own --- */

/* vector_call.c: EXPR_CALL. */
const struct thread_expr *vector_lower_call(struct vector_scope *scope,
                                            const struct expr *expr);

/* read.c: one element (or one a lane) of a tensor. */
const struct thread_expr *vector_read(struct vector_scope *scope,
                                      const struct expr *expr);
/* Does a subscript surely lie inside an extent, as an index over all of it? */
bool vector_spans(const struct expr *subscript, const struct expr *extent);
/* Row-major offset of a tensor's element at lowered subscripts. */
const struct thread_expr *vector_offset(struct vector_scope *scope,
                                        const struct tensor *tensor,
                                        const struct expr *const *subscript);
/* Elements of a tensor, as an expression over sizes. */
const struct thread_expr *vector_elements(struct thread_program *program,
                                          const struct tensor *tensor);
/* Store value at tensor's subscripts: contiguous lanes, or scalar. */
void vector_write(struct vector_scope *scope, const struct tensor *tensor,
                  const struct expr *const *subscript,
                  const struct thread_expr *value, bool stream);

/* The same for two elements a lane, the second behind the first, at whose
 * subscripts the tensor's lanes are two apart: vectors whose lanes are first
 * and second in turn. */
void vector_write_pair(struct vector_scope *scope, const struct tensor *tensor,
                       const struct expr *const *subscript,
                       const struct thread_expr *first,
                       const struct thread_expr *second, bool stream);

/* reduce.c: loops over the reduced indices, serial in order. */
const struct thread_expr *vector_reduce(struct vector_scope *scope,
                                        const struct expr *expr);
/* Its loops: saved holds LIMIT_RANK bounds. */
void reduce_open_loops(struct vector_scope *scope, const struct expr *expr,
                       struct vector_bound *saved);
void reduce_close_loops(struct vector_scope *scope, const struct expr *expr,
                        const struct vector_bound *saved);
/* The lanes that a term has. One step of a reduction: the term, where its
 * indices are bound, into total. */
int reduce_lanes(const struct vector_scope *scope, const struct expr *term);
void reduce_take_step(struct vector_scope *scope, const struct expr *expr,
                      const struct thread_expr *total);
/* What a reduction starts from, and one step: in working precision, i64 or
 * bool; for lanes too. argmax and argmin are not of this form. */
const struct thread_expr *reduce_identity(struct thread_program *program,
                                          enum reduction reduction,
                                          struct thread_type type);
const struct thread_expr *reduce_step(struct thread_program *program,
                                      enum reduction reduction,
                                      const struct thread_expr *total,
                                      const struct thread_expr *term);

#endif
