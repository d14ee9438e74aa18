/*
 * The kernel language's checked syntax tree: what a kernel computes, in index
 * notation, and nothing about how. Everything else in the house starts here:
 * oracle, inputs, costs, mutants and lowering read this tree.
 *
 * A struct spec is made by spec_parse and immutable afterwards. All nodes
 * live in its arena and are borrowed. Names are resolved: every use points
 * to its declaration. Every index of every statement and reduction has an
 * explicit range. Language reference: docs/language.md.
 */
#ifndef KEVO_SPEC_SPEC_H
#define KEVO_SPEC_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/hash.h"
#include "core/limits.h"
#include "spec/dtype.h"

struct arena;

/* What kind of number an expression denotes. */
enum kind { KIND_REAL, KIND_INTEGER, KIND_BOOLEAN };

/* const P = 1: its uses in the tree are literals; kept for the sources, to
 * which constants are macros. */
struct constant {
        const char *name;
        enum kind kind;
        int64_t integer; /* integers and booleans */
        double real;     /* always */
        int line, column;
};

/* size N in low..high step s: bound by a workload. low, high and every value
 * are multiples of step; low may be 0. */
struct size {
        const char *name;
        int number;              /* position in spec->size */
        int64_t low, high, step; /* inclusive; default 1..2^31-1 step 1 */
        int line, column;
};

/* param eps: f32 in low..=high = value: a run-time scalar. */
struct param {
        const char *name;
        int number;
        enum dtype dtype;
        double low, high; /* inclusive */
        double value;     /* default */
        int line, column;
};

/* A loop index of one statement or one reduction. lo and hi (half-open) are
 * integer expressions over sizes, outer indices and, for ragged ranges,
 * reads of input tensors. */
struct index {
        const char *name;
        int number; /* unique in the spec */
        const struct expr *lo, *hi;
        double magnitude;    /* no value is farther from 0 */
        bool data_dependent; /* lo or hi reads a tensor */
        bool reduced;        /* belongs to a reduction */
        bool inferred;       /* its range was not written; for printing */
        int line, column;
};

enum tensor_role {
        TENSOR_IN,
        TENSOR_OUT,
        TENSOR_TMP,         /* declared: its dtype rounds */
        TENSOR_INTERMEDIATE /* undeclared: exact, no dtype */
};

enum distribution_hint { HINT_NONE, HINT_NORMAL, HINT_UNIFORM };

struct tensor {
        const char *name;
        int number; /* position in spec->tensor */
        enum tensor_role role;
        enum dtype dtype; /* DTYPE_NONE for an intermediate */
        enum kind kind;
        int rank;                              /* 0: a scalar */
        const struct expr *extent[LIMIT_RANK]; /* over sizes only */
        /* Constraints of inputs. */
        const struct expr *low, *high; /* `in lo..hi` (half-open), or NULL */
        bool sorted, distinct, nonfinite;
        const struct expr *offsets;     /* `offsets T`: the last value */
        bool lengths;                   /* non-negative lengths */
        const struct expr *lengths_sum; /* `lengths T`: their sum, or NULL */
        enum distribution_hint hint;    /* `~ normal(a, b)`, `~ uniform` */
        double hint_a, hint_b;
        /* Updates: `init v`; NULL when not given. Constants, sizes, params
         * or an EXPR_READ of a tensor of the same shape whose subscripts
         * are all NULL: it is read element by element. */
        const struct expr *init;
        /* `T upto n`: only as many leading rows as this scalar i64 output
         * says are results; what lies behind them is unspecified. NULL: all
         * rows. */
        const struct tensor *length;
        const struct statement *defined_by; /* NULL for inputs */
        int line, column;
};

enum expr_op {
        EXPR_INTEGER, /* value.integer */
        EXPR_REAL,    /* value.real; inf is allowed */
        EXPR_BOOLEAN, /* value.integer 0 or 1 */
        EXPR_SIZE,    /* value.size */
        EXPR_PARAM,   /* value.param */
        EXPR_INDEX,   /* value.index */
        EXPR_READ,    /* value.read: tensor element */
        /* unary: arg[0] */
        EXPR_NEGATE,
        EXPR_NOT,
        EXPR_BIT_NOT,
        EXPR_CAST, /* cast: dtype */
        /* binary: arg[0], arg[1] */
        EXPR_ADD,
        EXPR_SUB,
        EXPR_MUL,
        EXPR_DIV,
        EXPR_FLOOR_DIV,
        EXPR_FLOOR_MOD, /* // and % */
        EXPR_LT,
        EXPR_LE,
        EXPR_EQ,
        EXPR_NE, /* > and >= are swapped */
        EXPR_AND,
        EXPR_OR,
        EXPR_BIT_AND,
        EXPR_BIT_OR,
        EXPR_BIT_XOR,
        EXPR_SHL,
        EXPR_SHR,
        /* arg[0] ? arg[1] : arg[2] */
        EXPR_SELECT,
        /* value.call: arg[0..count-1] */
        EXPR_CALL,
        /* value.reduce: term is arg[0]; of selections also arg[1] */
        EXPR_REDUCE
};

/* Elementwise functions; see function_table in functions.c for names. */
enum function {
        FN_ABS,
        FN_MIN,
        FN_MAX,
        FN_SQRT,
        FN_RSQRT,
        FN_EXP,
        FN_EXP2,
        FN_EXPM1,
        FN_LOG,
        FN_LOG2,
        FN_LOG10,
        FN_LOG1P,
        FN_SIN,
        FN_COS,
        FN_TAN,
        FN_ASIN,
        FN_ACOS,
        FN_ATAN,
        FN_ATAN2,
        FN_SINH,
        FN_COSH,
        FN_TANH,
        FN_ASINH,
        FN_ACOSH,
        FN_ATANH,
        FN_ERF,
        FN_ERFC,
        FN_LGAMMA,
        FN_TGAMMA,
        FN_POW,
        FN_FLOOR,
        FN_CEIL,
        FN_TRUNC,
        FN_ROUND, /* half to even */
        FN_SIGN,
        FN_DIV,
        FN_REM, /* integer division that truncates */
        FN_FMOD,
        FN_HYPOT,
        FN_COPYSIGN,
        FN_ISNAN,
        FN_ISINF,
        FN_COUNT
};

enum reduction {
        RED_SUM,
        RED_PROD,
        RED_MAX,
        RED_MIN,
        RED_ARGMAX,
        RED_ARGMIN,
        RED_ANY,
        RED_ALL,
        /* Selections: arg[1] is the rank, 0 for the best. The element of
         * that rank in descending (top) or ascending (bottom) order, or its
         * index; equals by the lower index, NaN is the greatest. The whole
         * value of a definition whose target has the rank as an index. */
        RED_TOP,
        RED_BOTTOM,
        RED_ARGTOP,
        RED_ARGBOTTOM,
        RED_COUNT
};

/* How a read is known to be inside its tensor. */
enum read_safety {
        READ_PROVED, /* by the checker */
        READ_ELSE,   /* otherwise the value of fallback */
        READ_CHECKED /* x[i]!: the oracle checks */
};

struct read {
        const struct tensor *tensor;
        const struct expr *subscript[LIMIT_RANK]; /* tensor->rank of them */
        enum read_safety safety;
        const struct expr *fallback; /* READ_ELSE */
        unsigned inside; /* a bit for each dimension that needs no check; set
                            by lowering where it made one for many reads */
};

/* A node may have several parents: the argument of a macro that uses it
 * twice, the extent of a tensor and the end of an index. An integer operand
 * of a real operation stands for the real of the same value. */
struct expr {
        enum expr_op op;
        enum kind kind;
        int line, column;
        int count; /* of arg */
        const struct expr *arg[3];
        enum dtype dtype; /* EXPR_CAST */
        union {
                int64_t integer;
                double real;
                const struct size *size;
                const struct param *param;
                const struct index *index;
                struct read read;
                enum function function;
                struct {
                        enum reduction reduction;
                        int count; /* of index */
                        const struct index *index[LIMIT_RANK];
                } reduce;
        } value;
};

enum update {
        UPDATE_DEFINE,  /* y[i, j] = e: every element once */
        UPDATE_SCATTER, /* y[f(i)] = e: computed target, no collisions */
        UPDATE_ADD,
        UPDATE_MAX,
        UPDATE_MIN /* +=, max=, min= */
};

/* One statement defines one tensor. index holds the iteration space in
 * order (for UPDATE_DEFINE: exactly the target's subscripts, each a bare
 * EXPR_INDEX whose range is the tensor's extent). */
struct statement {
        int number;
        const struct tensor *target;
        enum update update;
        int index_count;
        const struct index *index[LIMIT_RANK];
        const struct expr *subscript[LIMIT_RANK]; /* target->rank */
        bool checked; /* y[f(i)]! = e: the oracle checks the subscripts */
        const struct expr *value;
        int line, column;
};

/* A kernel that is stated by C code instead of statements: the file beside
 * the spec, in the form of a source (docs/sources.md), computes every output
 * from the inputs in double (int64_t for integers, uint8_t for bool). An
 * output y is right when |y - v| <= absolute + relative |v|. */
struct reference {
        const char *file; /* "ref.c" */
        const char *text; /* NULL until spec_set_reference */
        double absolute, relative;
        int line, column;
};

/* Bindings of a workload by position; a parameter that it does not bind has
 * its default. */
struct workload {
        const char *name;
        int64_t size[LIMIT_SIZES];
        double param[LIMIT_SIZES];
        const char *data; /* "uniform" or "zipf" */
        int line, column;
};

struct spec {
        struct arena *arena;
        const char *name;
        const char *file;           /* as given to spec_parse */
        const char *text;           /* the source, borrowed from the arena */
        char hash[HASH_TEXT_BYTES]; /* of the canonical tree, see canon.h */
        int constant_count, size_count, param_count, tensor_count;
        int statement_count, index_count, workload_count;
        const struct constant **constant;
        const struct size *size[LIMIT_SIZES];
        const struct param *param[LIMIT_SIZES];
        const struct tensor *tensor[LIMIT_TENSORS]; /* declaration order */
        const struct statement **statement; /* order of the file; a use comes
                                               after its definition */
        const struct index **index;         /* by index->number */
        const struct workload **workload;
        /* Permissions. */
        bool allow_tf32, bitwise;
        double accuracy;                   /* 0: the default rule */
        const struct reference *reference; /* NULL: statements say it */
};

/* Parse and check one .kernel file. file names it in errors, which read
 * "FILE:LINE:COLUMN: what is wrong; what to do". *spec is freed with
 * spec_free. */
int spec_parse(const char *text, size_t length, const char *file,
               struct spec **spec, struct error *err) KEVO_MUST_CHECK;
void spec_free(struct spec *spec);

/* The text of the file that a reference names, which is part of the spec's
 * identity: its hash covers it from now on. */
int spec_set_reference(struct spec *spec, const char *text, size_t length,
                       struct error *err) KEVO_MUST_CHECK;

/* Declarations by name, or NULL. */
const struct size *spec_find_size(const struct spec *spec, const char *name);
const struct param *spec_find_param(const struct spec *spec, const char *name);
const struct tensor *spec_find_tensor(const struct spec *spec,
                                      const char *name);
const struct workload *spec_find_workload(const struct spec *spec,
                                          const char *name);

/*
 * Sizes and parameters bound to values: what a workload, a hidden shape or a
 * manifest's call means to the rest of the house.
 */
struct binding {
        int64_t size[LIMIT_SIZES]; /* by size->number */
        double param[LIMIT_SIZES]; /* by param->number, already rounded to
                                      the parameter's dtype */
        bool zipf;                 /* index tensors' distribution */
};

/* Defaults: every size 0, every parameter its default. */
void binding_init(struct binding *binding, const struct spec *spec);
void binding_from_workload(struct binding *binding, const struct spec *spec,
                           const struct workload *workload);
/* Every size inside its domain, every param inside its range, no negative
 * extent (y: f32[L - R + 1] demands L >= R - 1), tensors of at most 2^40
 * elements, ranges over sizes within 2^62, nothing of all that beyond 64 bits
 * on the way, and inputs that can keep their constraints. The error names
 * the size and the domain, or the tensor. */
int binding_check(const struct binding *binding, const struct spec *spec,
                  struct error *err) KEVO_MUST_CHECK;
/* "M=8192 N=4096 eps=1e-05": sizes, then non-default params. Caller frees. */
char *binding_text(const struct binding *binding, const struct spec *spec);
/* Parse NAME=VALUE into the binding (sizes, params, data=zipf). */
int binding_set(struct binding *binding, const struct spec *spec,
                const char *name, const char *value,
                struct error *err) KEVO_MUST_CHECK;

/* Value of an integer expression over sizes (no indices, no reads);
 * saturates at the ends of int64_t, also on the way: binding_check excludes
 * both. */
int64_t spec_eval_size(const struct expr *expr, const struct binding *binding);
/* Elements of a tensor under a binding; extent[LIMIT_RANK] may be NULL. */
int64_t spec_tensor_elements(const struct tensor *tensor,
                             const struct binding *binding, int64_t *extent);
int64_t spec_tensor_bytes(const struct tensor *tensor,
                          const struct binding *binding);

/* Walk an expression in depth first order, parents before children,
 * including subscripts, fallbacks and the ranges of reduction indices;
 * stops when visit returns false. */
void expr_walk(const struct expr *expr,
               bool (*visit)(const struct expr *expr, void *data), void *data);

const char *function_name(enum function function);
const char *reduction_name(enum reduction reduction);
/* top, bottom and their indices. */
bool reduction_selects(enum reduction reduction);
/* Those that give an index: argmax, argmin, argtop, argbottom. */
bool reduction_is_position(enum reduction reduction);
/* Is this value a selection? */
bool expr_selects(const struct expr *expr);

#endif
