/*
 * The checker's state and its parts: declarations, ranges, expressions,
 * statements, workloads. From the syntax as written (syntax.h) it makes the
 * tree of spec.h. Internal to this room.
 */
#ifndef KEVO_SPEC_CHECK_H
#define KEVO_SPEC_CHECK_H

#include "core/arena.h"
#include "spec/ranges.h"
#include "spec/spec.h"
#include "spec/syntax.h"

enum named_what {
        NAMED_SIZE,
        NAMED_CONST,
        NAMED_PARAM,
        NAMED_TENSOR,
        NAMED_MACRO
};

/* A name of the whole spec. */
struct named {
        const char *name;
        enum named_what what;
        int line, column;
        const struct size *size;
        const struct constant *constant;
        const struct param *param;
        struct tensor *tensor;
        const struct syntax_macro *macro;
};

/* An index that is visible in the expression being checked, or that was
 * (closed): kept for the hint when it is used outside. */
struct scope {
        const struct index *index;
        const char *reduction; /* its name, or NULL: the statement's */
};

/* Parameters of the macro that is being expanded. */
struct expansion {
        const struct syntax_macro *macro;
        const struct expr *const *argument;
        int line, column; /* of the call */
};

/* The arena's share of an expression: how deep and how large it is when
 * macros are written out. */
struct node {
        struct expr expr;
        int depth;
        int64_t weight;
};

enum {
        SCOPE_MAXIMUM = LIMIT_SPEC_DEPTH * LIMIT_RANK,
        SPEC_WEIGHT = 1 << 17, /* nodes, with macros written out */
        /* Nodes and macros inside each other while one is checked. */
        CHECK_DEPTH = 2 * LIMIT_SPEC_DEPTH
};

struct check {
        struct spec *spec;
        struct arena *arena;   /* the spec's */
        struct arena *scratch; /* dies with the checker */
        const struct syntax_file *file;
        const struct syntax_file *library;
        struct ranges *ranges;
        struct error *err;
        int name_count;
        struct named name[LIMIT_SPEC_NAMES];
        bool defined[LIMIT_TENSORS]; /* may be read */
        bool sizes_only;             /* names other than sizes are errors */
        int64_t weight;              /* of all statements */
        int expanded;                /* nodes that macros were made of */
        int depth;                   /* of check_expr inside itself */
        int statement_room;          /* places of spec->statement */
        const struct expansion *expansion;
        const struct statement_work *work; /* the statement, or NULL */
        const struct index *rank; /* of the selection that comes next */
        int scope_count, closed_count;
        struct scope scope[SCOPE_MAXIMUM];
        struct scope closed[LIMIT_RANK]; /* the last ones */
};

/* check.c */
int check_error(const struct check *check, int line, int column,
                const char *format, ...) KEVO_PRINTF(4, 5);
/* The first failure of an allocation, as an error. */
int check_memory(const struct check *check);
const struct named *check_find(const struct check *check, const char *name);
/* Refuse what no declaration may be called. */
int check_reserved(const struct check *check, const char *name, int line,
                   int column) KEVO_MUST_CHECK;
/* Enter a name of the whole spec; refuses reserved and taken names. */
int check_declare(struct check *check,
                  const struct named *named) KEVO_MUST_CHECK;
/* Refuse a name that an index may not have. */
int check_index_name(const struct check *check, const char *name, int line,
                     int column) KEVO_MUST_CHECK;
/* " (did you mean NAME?)" or "", in storage of the arena. what: bits of
 * 1 << NAMED_..., SUGGEST_FUNCTIONS, SUGGEST_INDICES. */
enum { SUGGEST_FUNCTIONS = 1 << 8, SUGGEST_INDICES = 1 << 9 };
const char *check_suggest(const struct check *check, const char *name,
                          int what);
/* An expression as text, in storage of the arena. */
const char *check_text(const struct check *check, const struct expr *expr);

/* check_declarations.c */
int check_declarations(struct check *check) KEVO_MUST_CHECK;
int check_macros(struct check *check) KEVO_MUST_CHECK;
/* A copy of a name that lives as long as the spec. */
const char *check_keep(struct check *check, const char *name);
/* "a spec has at most MAXIMUM WHAT" */
int check_room(const struct check *check, const struct syntax_declaration *d,
               int maximum, const char *what);

/* check_scalars.c, check_tensors.c: one declaration each. */
typedef int check_declaration(struct check *check,
                              const struct syntax_declaration *d);
check_declaration check_declare_constant, check_declare_size,
        check_declare_param, check_declare_tensor;
/* When all tensors are known. */
check_declaration check_tensor_init;
/* check_length.c: likewise. */
check_declaration check_tensor_length;
/* Is a tensor one whose elements may be read? */
int check_length_read(struct check *check, const struct tensor *tensor,
                      int line, int column) KEVO_MUST_CHECK;
/* What an `upto` output is computed from, once its statement is checked. */
int check_length_statement(struct check *check,
                           const struct statement *statement) KEVO_MUST_CHECK;
/* An integer expression over sizes (and constants). */
int check_size_expr(struct check *check, const struct syntax *syntax,
                    const char *what,
                    const struct expr **result) KEVO_MUST_CHECK;
/* Whether spec_eval_size can evaluate it. */
bool check_only_sizes(const struct expr *expr);

/* fold.c: the value of an expression that uses constants only. */
struct number {
        enum kind kind;
        int64_t integer; /* integers and booleans */
        double real;     /* always */
};
int check_constant(struct check *check, const struct syntax *syntax,
                   const char *what, struct number *number) KEVO_MUST_CHECK;
int check_constant_integer(struct check *check, const struct syntax *syntax,
                           const char *what, int64_t *value) KEVO_MUST_CHECK;

/* check_expr.c, check_name.c */
int check_expr(struct check *check, const struct syntax *syntax,
               const struct expr **result) KEVO_MUST_CHECK;
int check_name(struct check *check, const struct syntax *syntax,
               const struct expr **result) KEVO_MUST_CHECK;

/* check_node.c */
struct expr *check_new(struct check *check, enum expr_op op, enum kind kind,
                       int line, int column);
/* Set the operands of a node; bounds depth and size. */
int check_arguments(struct check *check, struct expr *expr, int count,
                    const struct expr *const *arg) KEVO_MUST_CHECK;
/* The size of a tree, macros written out, and whether it still fits. */
int64_t check_weight_of(const struct expr *expr);
int check_weight(struct check *check, const struct expr *expr) KEVO_MUST_CHECK;
/* Count something else that hangs below a node. */
int check_below(struct check *check, struct expr *expr,
                const struct expr *below) KEVO_MUST_CHECK;
const struct expr *check_integer(struct check *check, int64_t value, int line,
                                 int column);
const char *check_kind_name(enum kind kind); /* "an integer" */
/* Demand a kind; KIND_REAL accepts integers. */
int check_kind(const struct check *check, const struct expr *expr,
               enum kind kind, const char *what) KEVO_MUST_CHECK;

/* check_call.c */
int check_call(struct check *check, const struct syntax *syntax,
               const struct expr **result) KEVO_MUST_CHECK;

/* The macro of that name, of the file or of the library, or NULL. */
const struct syntax_macro *check_find_macro(const struct check *check,
                                            const char *name);

/* check_hoist.c: note how often a macro uses its parameters, before others
 * use it. */
void check_macro_uses(const struct check *check, struct syntax_macro *macro);
/* Argument i of a macro; it may become an intermediate. */
int check_macro_argument(struct check *check, const struct syntax *syntax,
                         const struct syntax_macro *macro, int i,
                         const struct expr **result) KEVO_MUST_CHECK;

/* check_read.c */
int check_read(struct check *check, const struct syntax *syntax,
               const struct expr **result) KEVO_MUST_CHECK;
int check_tensor_name(struct check *check, const struct named *named, int line,
                      int column) KEVO_MUST_CHECK;
/* The first computed tensor whose elements are read in expr, or NULL. */
const struct tensor *check_computed(const struct expr *expr);

/* check_bound.c: a bound of an explicit range, in the scope of the outer
 * indices and of those to the left. */
int check_bound(struct check *check, const struct syntax *syntax,
                struct index *index,
                const struct expr **result) KEVO_MUST_CHECK;

/* check_range.c */
/* Trees in which bare uses of an index are looked for. */
struct range_roots {
        const struct tensor *target; /* or NULL */
        int target_rank;
        const struct syntax *const *subscript; /* of the target */
        const struct syntax *value;
        int binding_count;
        const struct syntax_binding *binding; /* their ranges are bounds */
        const struct expr *count; /* the range is 0..count, or NULL */
};
/* Make and enter an index: its explicit range or the inferred one. */
int check_open_index(struct check *check, const struct syntax_binding *binding,
                     const char *reduction, const struct range_roots *roots,
                     struct index **result) KEVO_MUST_CHECK;
/* Where the inferred range of an index ends; it begins at 0. */
int check_inferred_end(struct check *check,
                       const struct syntax_binding *binding,
                       const char *reduction, const struct range_roots *roots,
                       const struct expr **end) KEVO_MUST_CHECK;
/* Leave the last count indices. */
void check_close_indices(struct check *check, int count);

/* check_reduce.c */
int check_reduce(struct check *check, const struct syntax *syntax,
                 const struct expr **result) KEVO_MUST_CHECK;

/* One statement while it is checked. */
struct statement_work {
        struct check *check;
        const struct syntax_statement *syntax;
        struct statement *statement;
        struct tensor *target;    /* NULL until an intermediate is made */
        bool bare;                /* all subscripts are different indices */
        const char *rank;         /* the index that is the rank, or NULL */
        const struct expr *taken; /* how many ranks there are */
        int count;                /* names found */
        struct syntax_binding name[2 * LIMIT_RANK];
};

/* check_target.c */
/* Free names of the target are its indices, in order of appearance. */
int check_target_names(struct statement_work *work,
                       const struct syntax *syntax) KEVO_MUST_CHECK;
/* All subscripts are different names of indices. */
bool check_target_bare(const struct statement_work *work);
/* The declared target, or none: an intermediate. */
int check_target_find(struct statement_work *work) KEVO_MUST_CHECK;
int check_target_undeclared(const struct statement_work *work) KEVO_MUST_CHECK;
/* Make the intermediate when ranges and value are known. */
int check_target_intermediate(struct statement_work *work) KEVO_MUST_CHECK;
/* A declared tensor that nothing defines yet and that is nearly called so, or
 * NULL. */
const char *check_target_meant(const struct check *check, const char *name);
/* Of a finished spec: the intermediate that may be meant as an output which
 * nothing defines, or NULL. */
const struct tensor *check_target_unread(const struct spec *spec,
                                         const struct tensor *output);
/* Check the subscripts and prove that they are inside. */
int check_target_subscripts(struct statement_work *work) KEVO_MUST_CHECK;

/* check_select.c */
bool check_is_selection(const struct syntax *syntax);
/* Before the indices are opened: which is the rank, and its range. */
int check_select_rank(struct statement_work *work) KEVO_MUST_CHECK;
/* When they are: the value of the statement. */
int check_select_value(struct statement_work *work) KEVO_MUST_CHECK;
/* What of a reduction's range a selection takes. */
int check_select_room(struct check *check, const struct syntax *syntax,
                      const struct expr *reduce) KEVO_MUST_CHECK;

/* check_statement.c */
int check_statements(struct check *check) KEVO_MUST_CHECK;

/* check_reference.c: instead of statements. */
int check_reference(struct check *check) KEVO_MUST_CHECK;

/* check_workload.c */
int check_workloads(struct check *check) KEVO_MUST_CHECK;

/* library.c: the macros that ship, as the text of a kernel. */
extern const char library_text[];

#endif
