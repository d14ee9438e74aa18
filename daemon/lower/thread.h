/*
 * The thread program: what C and OpenCL, and later CUDA and HIP, are printed
 * from. A program is a list of stages with a full barrier between two; a
 * stage is a number of tasks that run in any order, each executing the
 * stage's block with its own `task` number. On a device a task is a
 * work-item, or, when the stage says so (thread_group), a group of
 * work-items that share arrays and meet at barriers. Blocks hold declarations,
 * assignments, stores, loops and conditions over typed expressions with
 * lanes (a vector of 16 f32 is one value).
 *
 * Everything is allocated in the program's arena and dies with it. The
 * builder functions below append at a cursor (the innermost open block), fold
 * constants, and adapt operands: a scalar meets a vector by broadcast, an
 * integer literal takes the other operand's type. Running out of memory
 * sticks and is reported once by thread_finish; builders never return NULL.
 *
 * What an operation means is fixed here, not by a printer:
 *  - a scalar THREAD_SELECT evaluates only the side that it takes;
 *  - integers wrap; THREAD_DIV and THREAD_REM truncate, FLOOR_* round down;
 *  - a comparison of scalars is DTYPE_BOOL (0 or 1); of vectors it is a mask:
 *    the signed integer type as wide as the operands, lanes 0 or -1;
 *  - THREAD_MIN and THREAD_MAX of a program with `nonfinite` propagate NaN;
 *  - f16 and bf16 are storage: cast to f32 before arithmetic;
 *  - a multiply that feeds an add may be fused.
 */
#ifndef KEVO_LOWER_THREAD_H
#define KEVO_LOWER_THREAD_H

#include "spec/spec.h"

struct thread_program;

/* --- types --- */

struct thread_type {
        enum dtype dtype;
        int lanes; /* 1: a scalar; else a power of two up to 64 */
};

/* --- arrays --- */

enum thread_space {
        THREAD_INPUT,   /* a TENSOR_IN: read only */
        THREAD_OUTPUT,  /* a TENSOR_OUT */
        THREAD_SCRATCH, /* shared by all tasks, lives for one call */
        THREAD_LOCAL,   /* a task's own buffer, content unspecified at start */
        THREAD_PRIVATE, /* a task's registers: a small array of constant
                           length inside the function */
        THREAD_SHARED   /* a group's: the same, seen by its work-items */
};

struct thread_array {
        const char *name;
        enum thread_space space;
        struct thread_type type; /* of one element; lanes 1 except PRIVATE */
        const struct tensor *tensor; /* INPUT and OUTPUT, else NULL */
        /* Elements of SCRATCH and LOCAL: over sizes only; PRIVATE and SHARED:
         * an integer literal. */
        const struct thread_expr *elements;
        bool zero;                  /* SCRATCH: cleared before every call */
        struct thread_stage *owner; /* LOCAL: its stage */
};

/* --- expressions --- */

struct thread_variable {
        const char *name; /* unique where it can be seen */
        struct thread_type type;
        const struct thread_expr *value; /* of a declaration, NULL: of a loop
                                            or a task */
        bool assigned;                   /* an assignment exists: not const */
        bool used; /* set by thread_finish; declarations of others are
                      not printed */
};

enum thread_op {
        THREAD_INTEGER,    /* integer */
        THREAD_REAL,       /* real; may be an infinity or NaN */
        THREAD_SIZE,       /* size: i64 */
        THREAD_PARAM,      /* param: scalar of its dtype */
        THREAD_VARIABLE,   /* variable: declared, loop index or task */
        THREAD_IOTA,       /* 0, 1, ..., lanes - 1 in an integer type */
        THREAD_LOAD,       /* array[offset], see thread_load */
        THREAD_GATHER,     /* array[arg[0]] per lane where arg[1], see below */
        THREAD_CAST,       /* arg[0] converted to type, lane by lane */
        THREAD_BROADCAST,  /* scalar arg[0] in every lane */
        THREAD_HORIZONTAL, /* reduction over arg[0]'s lanes: a scalar */
        THREAD_LANE,       /* lane `integer` of arg[0] */
        THREAD_SLIDE,      /* lanes `integer`.. of arg[0] and then arg[1] */
        THREAD_ZIP,        /* lanes `integer`.. of arg[0] and arg[1] in turn */
        THREAD_UNZIP,      /* lanes `integer`, + 2, ... of arg[0], arg[1] */
        THREAD_NEGATE,
        THREAD_NOT,
        THREAD_BIT_NOT,
        THREAD_ADD,
        THREAD_SUB,
        THREAD_MUL,
        THREAD_DIV,
        THREAD_REM,
        THREAD_FLOOR_DIV,
        THREAD_FLOOR_MOD,
        THREAD_CEIL_DIV, /* of non-negative by positive integers */
        THREAD_MIN,
        THREAD_MAX,
        THREAD_LT,
        THREAD_LE,
        THREAD_EQ,
        THREAD_NE,
        THREAD_AND,
        THREAD_OR,
        THREAD_BIT_AND,
        THREAD_BIT_OR,
        THREAD_BIT_XOR,
        THREAD_SHL,
        THREAD_SHR,
        THREAD_SELECT, /* arg[0] ? arg[1] : arg[2], per lane */
        THREAD_CALL    /* function of arg[0..] in real types */
};

struct thread_expr {
        enum thread_op op;
        struct thread_type type;
        int count; /* of arg */
        const struct thread_expr *arg[3];
        union {
                int64_t integer;
                double real;
                const struct size *size;
                const struct param *param;
                struct thread_variable *variable;
                enum function function;
                enum reduction reduction;   /* SUM PROD MAX MIN ANY ALL */
                struct thread_array *array; /* LOAD: arg[0] offset, arg[1]
                                               lanes read, arg[2] the first
                                               lane read */
        } value;
        int variant; /* CALL: which implementation, 0 the default; GATHER:
                        1 where the elements lie in a cache */
        int step;    /* LOAD: elements from one lane to the next, at least 1 */
};

/* --- statements --- */

enum thread_statement_kind {
        THREAD_DECLARE,  /* variable = value */
        THREAD_ASSIGN,   /* variable = value */
        THREAD_STORE,    /* array[offset] = value, see thread_store */
        THREAD_FOR,      /* variable from low while < high by step */
        THREAD_IF,       /* value: a scalar condition; body, otherwise */
        THREAD_COMMENT,  /* text */
        THREAD_ARRAY,    /* declares a PRIVATE or SHARED array */
        THREAD_PREFETCH, /* a hint: array[offset] is read soon */
        THREAD_TURN,     /* a PRIVATE array of as many vectors as lanes: lane l
                            of vector v and lane v of vector l change places */
        THREAD_BARRIER   /* work-items of the group meet: what they wrote to
                            shared arrays can be read */
};

/* How a loop is run. A loop over a range that a group shares out is a serial
 * one from low + item by the number of its work-items. */
enum thread_loop {
        THREAD_SERIAL,
        THREAD_UNROLLED,   /* repeat the body `unroll` times a round; 0:
                              whole, bounds must be literals */
        THREAD_INDEPENDENT /* iterations do not depend on each other: the
                              compiler may vectorise */
};

struct thread_block {
        struct thread_statement *first, *last;
        struct thread_block *outer;     /* NULL for a stage's own */
        struct thread_statement *owner; /* the FOR or IF, or NULL */
        struct thread_name *names;      /* taken here, also further in */
};

struct thread_statement {
        enum thread_statement_kind kind;
        struct thread_statement *next;
        struct thread_variable *variable;
        struct thread_array *array;
        const struct thread_expr *value;
        const struct thread_expr *offset; /* STORE, PREFETCH */
        const struct thread_expr *active; /* STORE: lanes written, or NULL */
        bool stream; /* STORE: around the caches where that is possible */
        const struct thread_expr *low, *high;
        int64_t step;
        enum thread_loop loop;
        int unroll;
        const char *text;
        struct thread_block body, otherwise;
};

enum {
        THREAD_ARRAYS = LIMIT_TENSORS + 64,
        THREAD_WHENS = 16,
        THREAD_LANES = 64,            /* most lanes of one value */
        THREAD_ARENA_BYTES = 64 << 20 /* of one program */
};

struct thread_stage {
        const char *name;
        const struct thread_expr *tasks; /* over sizes only, at least 0 */
        struct thread_variable *task;
        int group; /* work-items of a task; 0: it is not a group */
        struct thread_variable *item; /* of a group: which of them, i64 */
        struct thread_block block;
        const char *comment; /* above the function, or NULL */
        /* Filled by thread_finish: arrays that the stage touches, inputs
         * first, then outputs, scratch, locals. */
        int array_count;
        struct thread_array *array[THREAD_ARRAYS];
        bool stores[THREAD_ARRAYS]; /* parallel: is it written here? */
};

/* --- programs --- */

struct thread_program {
        struct arena *arena;
        const struct spec *spec; /* borrowed: must outlive the program */
        bool nonfinite;          /* some input may hold NaN or infinity */
        char *comment;           /* what this schedule does, for people */
        /* Sizes compiled in (`fix`), by size->number, with the value of the
         * schedule's workload; -1: not fixed. A source is built at other
         * values too: nothing printed may depend on it. */
        int64_t fixed[LIMIT_SIZES];
        int when_count;
        const char *when[THREAD_WHENS]; /* conjunction; "N % 16 == 0" */
        int64_t multiple[LIMIT_SIZES];  /* that `when` demands; 0: none */
        int stage_count;
        struct thread_stage *stage[LIMIT_STAGES];
        int array_count;
        struct thread_array *array[THREAD_ARRAYS];
        /* Builder's state. */
        struct thread_stage *open;
        struct thread_block *cursor;
        struct error failure; /* the first thing that went wrong */
        /* What builders return once memory ran out: never used. */
        struct thread_expr spare_expr;
        struct thread_variable spare_variable;
        struct thread_array spare_array;
        struct thread_stage spare_stage;
        struct thread_statement spare_statement;
};

/* A new program for spec with an array for every input and output; NULL when
 * out of memory. */
struct thread_program *thread_new(const struct spec *spec);
void thread_free(struct thread_program *program);
/* The same program for another spec of the same function: it has the same
 * inputs, outputs, sizes and parameters by number, and lives as long. */
void thread_respec(struct thread_program *program, const struct spec *spec);
/* Close the program: the first failure of any builder call, or 0. */
int thread_finish(struct thread_program *program,
                  struct error *err) KEVO_MUST_CHECK;
/* Let a lowering refuse in the middle (ERR_UNSUPPORTED): sticks. */
void thread_fail(struct thread_program *program, int code, const char *format,
                 ...) KEVO_PRINTF(3, 4);

void thread_describe(struct thread_program *program, const char *format, ...)
        KEVO_PRINTF(2, 3);
/* A fixed size becomes a macro of its name, so only names in capitals may be
 * fixed; others make thread_fix refuse (ERR_UNSUPPORTED). */
bool thread_can_fix(const struct size *size);
/* Compile a size in; value is what the schedule's workload binds. */
void thread_fix(struct thread_program *program, const struct size *size,
                int64_t value);
void thread_when(struct thread_program *program, const char *format, ...)
        KEVO_PRINTF(2, 3);
/* size % factor == 0, which thread_is_multiple then knows. */
void thread_when_multiple(struct thread_program *program,
                          const struct size *size, int64_t factor);

/* A word that no variable of a program may be called: a printer must not
 * meet it as a variable and may use it itself. */
bool thread_reserved(const char *name);

/* --- arrays --- */

/* The array of an input or output tensor. */
struct thread_array *thread_tensor(struct thread_program *program,
                                   const struct tensor *tensor);
struct thread_array *thread_scratch(struct thread_program *program,
                                    const char *name, enum dtype dtype,
                                    const struct thread_expr *elements,
                                    bool zero);
/* Of the open stage; aligned to 64 bytes at least. */
struct thread_array *thread_local_buffer(struct thread_program *program,
                                         const char *name, enum dtype dtype,
                                         const struct thread_expr *elements);
/* At the cursor: `type name[count]`, uninitialised. Offsets of loads and
 * stores count elements of type (vectors when it has lanes). */
struct thread_array *thread_private(struct thread_program *program,
                                    const char *name, struct thread_type type,
                                    int64_t count);

/* --- stages and statements at the cursor --- */

/* Opens a stage; returns the task number (i64). The name is the function's:
 * unique in the program and an identifier. */
const struct thread_expr *thread_stage_begin(struct thread_program *program,
                                             const char *name,
                                             const struct thread_expr *tasks);
void thread_stage_end(struct thread_program *program);
/* Make every task of the open stage a group of `items` work-items (a power
 * of two), all of which execute the block; returns the number of the
 * work-item (i64). Only for targets with work-items. */
const struct thread_expr *thread_group(struct thread_program *program,
                                       int items);
/* An array that the group shares, declared at the stage's outermost level. */
struct thread_array *thread_shared(struct thread_program *program,
                                   const char *name, enum dtype dtype,
                                   int64_t count);
/* Every work-item of the group must come here. */
void thread_barrier(struct thread_program *program);
/* Prose above the stage's function. */
void thread_stage_comment(struct thread_program *program, const char *format,
                          ...) KEVO_PRINTF(2, 3);

void thread_comment(struct thread_program *program, const char *format, ...)
        KEVO_PRINTF(2, 3);
/* Declare a variable with a value; the returned expression reads it. A name
 * that is taken at the cursor gets a number behind it. thread_let of a
 * literal, size or variable returns that itself. */
const struct thread_expr *thread_let(struct thread_program *program,
                                     const char *name,
                                     const struct thread_expr *value);
/* The same, declared whatever value is: to give it a name. */
const struct thread_expr *thread_declare(struct thread_program *program,
                                         const char *name,
                                         const struct thread_expr *value);
/* One that thread_assign changes later. */
const struct thread_expr *thread_var(struct thread_program *program,
                                     const char *name,
                                     const struct thread_expr *value);
void thread_assign(struct thread_program *program,
                   const struct thread_expr *variable,
                   const struct thread_expr *value);
/* for (name = low; name < high; name += step); returns the index (i64).
 * Ends with thread_end. */
const struct thread_expr *thread_for(struct thread_program *program,
                                     const char *name,
                                     const struct thread_expr *low,
                                     const struct thread_expr *high,
                                     int64_t step);
/* The same with a kind; unroll is used by THREAD_UNROLLED. */
const struct thread_expr *thread_loop(struct thread_program *program,
                                      const char *name,
                                      const struct thread_expr *low,
                                      const struct thread_expr *high,
                                      int64_t step, enum thread_loop loop,
                                      int unroll);
void thread_if(struct thread_program *program,
               const struct thread_expr *condition);
void thread_else(struct thread_program *program);
void thread_end(struct thread_program *program);

/* array[offset...] = value, converted to the array's dtype; as many
 * consecutive elements as value has lanes. */
void thread_store(struct thread_program *program, struct thread_array *array,
                  const struct thread_expr *offset,
                  const struct thread_expr *value);
/* Only the first `active` lanes (scalar i64, at least 1; NULL: all); stream:
 * bypass the caches. */
void thread_store_part(struct thread_program *program,
                       struct thread_array *array,
                       const struct thread_expr *offset,
                       const struct thread_expr *value,
                       const struct thread_expr *active, bool stream);
void thread_turn(struct thread_program *program, struct thread_array *array);
void thread_prefetch(struct thread_program *program,
                     struct thread_array *array,
                     const struct thread_expr *offset);

#include "lower/value.h"

#endif
