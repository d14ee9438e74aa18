/*
 * Classification of a spec's expressions: see oracle_class.h. Everything here
 * follows from the form of the tree alone, so that the printed oracle, the
 * planner and the cost model cannot disagree about it.
 */
#include "spec/oracle_class.h"

#include <stdlib.h>

#include "spec/oracle_lanes.h"

/* Grow an array by doubling; NULL leaves the old one in place. */
static void *grow(void *array, int count, int *room, size_t bytes)
{
        int want = *room ? 2 * *room : 32;
        void *grown;

        if (count < *room)
                return array;
        grown = realloc(array, (size_t)want * bytes);
        if (grown)
                *room = want;
        return grown;
}

/* hard: subscripts that an undecided comparison may change are looked for.
 * Who looks for undecided comparisons anyway need not look twice: in nested
 * reads, twice at each level. */
static bool is_exact(const struct oracle_class *class, const struct expr *expr,
                     bool hard);

static bool exact_call(const struct oracle_class *class,
                       const struct expr *expr, bool hard)
{
        switch (expr->value.function) {
        case FN_ABS:
        case FN_MIN:
        case FN_MAX:
        case FN_FLOOR:
        case FN_CEIL:
        case FN_TRUNC:
        case FN_ROUND:
        case FN_SIGN:
        case FN_COPYSIGN:
                break;
        default:
                return false;
        }
        for (int i = 0; i < expr->count; i++)
                if (!is_exact(class, expr->arg[i], hard))
                        return false;
        return true;
}

static bool exact_read(const struct oracle_class *class,
                       const struct expr *expr, bool hard)
{
        const struct read *read = &expr->value.read;

        if (read->tensor->role != TENSOR_IN &&
            !class->exact[read->tensor->number])
                return false;
        if (oracle_narrow_type(class, expr))
                return false;
        for (int d = 0; hard && d < read->tensor->rank; d++)
                if (oracle_is_soft(class, read->subscript[d]))
                        return false;
        return read->safety != READ_ELSE ||
               is_exact(class, read->fallback, hard);
}

static bool is_exact(const struct oracle_class *class, const struct expr *expr,
                     bool hard)
{
        if (expr->kind != KIND_REAL)
                return expr->op == EXPR_INTEGER &&
                       llabs(expr->value.integer) <= 1 << 24;
        switch (expr->op) {
        case EXPR_REAL:
                return class->wide ||
                       (double)(float)expr->value.real == expr->value.real;
        case EXPR_PARAM:
                return class->wide || expr->value.param->dtype != DTYPE_F64;
        case EXPR_READ:
                return exact_read(class, expr, hard);
        case EXPR_NEGATE:
                return is_exact(class, expr->arg[0], hard);
        case EXPR_SELECT:
                return (!hard || !oracle_is_soft(class, expr->arg[0])) &&
                       is_exact(class, expr->arg[1], hard) &&
                       is_exact(class, expr->arg[2], hard);
        case EXPR_CALL:
                return exact_call(class, expr, hard);
        case EXPR_REDUCE:
                return (expr->value.reduce.reduction == RED_MAX ||
                        expr->value.reduce.reduction == RED_MIN ||
                        expr->value.reduce.reduction == RED_TOP ||
                        expr->value.reduce.reduction == RED_BOTTOM) &&
                       is_exact(class, expr->arg[0], hard);
        default:
                return false;
        }
}

bool oracle_is_exact(const struct oracle_class *class, const struct expr *expr)
{
        return is_exact(class, expr, true);
}

static bool is_comparison(enum expr_op op)
{
        return op == EXPR_LT || op == EXPR_LE || op == EXPR_EQ ||
               op == EXPR_NE;
}

/* A step of its real operands: a comparison, an argmax, a conversion. */
static bool decides(const struct oracle_class *class, const struct expr *expr)
{
        /* The rank of a selection is given, not compared. */
        int count = expr->op == EXPR_REDUCE ? 1 : expr->count;
        bool any_real = false, exact = true;

        for (int i = 0; i < count; i++) {
                any_real |= expr->arg[i]->kind == KIND_REAL;
                exact &= is_exact(class, expr->arg[i], false);
        }
        if (!any_real || exact)
                return false;
        if (expr->op == EXPR_REDUCE)
                return reduction_is_position(expr->value.reduce.reduction);
        if (expr->op == EXPR_CALL)
                switch (expr->value.function) {
                case FN_FLOOR:
                case FN_CEIL:
                case FN_TRUNC:
                case FN_ROUND:
                case FN_SIGN:
                        return true;
                default:
                        return false;
                }
        return is_comparison(expr->op) || expr->op == EXPR_FLOOR_DIV ||
               expr->op == EXPR_FLOOR_MOD ||
               (expr->op == EXPR_CAST && expr->kind != KIND_REAL);
}

struct search {
        const struct oracle_class *class;
        bool found;
};

static bool visit_undecided(const struct expr *expr, void *data)
{
        struct search *s = data;

        s->found |= decides(s->class, expr) ||
                    (expr->op == EXPR_READ &&
                     s->class->soft[expr->value.read.tensor->number]);
        return !s->found;
}

bool oracle_may_undecide(const struct oracle_class *class,
                         const struct expr *expr)
{
        struct search s = {.class = class};

        expr_walk(expr, visit_undecided, &s);
        return s.found;
}

bool oracle_is_soft(const struct oracle_class *class, const struct expr *expr)
{
        return expr->kind != KIND_REAL && oracle_may_undecide(class, expr);
}

const char *oracle_narrow_type(const struct oracle_class *class,
                               const struct expr *expr)
{
        for (int i = 0; i < class->narrow_count; i++)
                if (class->narrow[i].expr == expr)
                        return class->narrow[i].type;
        return NULL;
}

const struct tensor *oracle_init_tensor(const struct tensor *target)
{
        const struct expr *init = target->init;

        if (!init || init->op != EXPR_READ)
                return NULL;
        return init->value.read.tensor;
}

int oracle_reduce_number(const struct oracle_class *class,
                         const struct expr *expr)
{
        for (int i = 0; i < class->reduce_count; i++)
                if (class->reduce[i] == expr)
                        return i;
        return -1;
}

static int add_narrow(struct oracle_class *class, const struct expr *expr,
                      const char *type)
{
        struct oracle_narrow *array = grow(class->narrow, class->narrow_count,
                                           &class->narrow_room, sizeof *array);

        if (!array)
                return ERR_MEMORY;
        class->narrow = array;
        array[class->narrow_count++] = (struct oracle_narrow){expr, type};
        return 0;
}

static int narrow_factors(struct oracle_class *class,
                          const struct expr *reduce)
{
        const struct expr *factor[LIMIT_RANK];
        enum dtype narrowest = DTYPE_NONE, dtype;
        const struct tensor *tensor;
        bool tf32;
        int count, rc = 0;

        if (!oracle_is_contraction(reduce, factor, &count))
                return 0;
        for (int i = 0; i < count; i++) {
                dtype = factor[i]->value.read.tensor->dtype;
                if (dtype_is_float(dtype) &&
                    (narrowest == DTYPE_NONE ||
                     dtype_bytes(dtype) < dtype_bytes(narrowest)))
                        narrowest = dtype;
        }
        tf32 = class->spec->allow_tf32 &&
               (narrowest == DTYPE_F32 || narrowest == DTYPE_NONE);
        for (int i = 0; i < count && rc == 0; i++) {
                tensor = factor[i]->value.read.tensor;
                if (tf32)
                        rc = add_narrow(class, factor[i], "tf32");
                else if (tensor->role == TENSOR_INTERMEDIATE &&
                         narrowest != DTYPE_NONE)
                        rc = add_narrow(class, factor[i],
                                        dtype_name(narrowest));
        }
        return rc;
}

struct gather {
        struct oracle_class *class;
        int rc;
};

static bool visit_reduce(const struct expr *expr, void *data)
{
        struct gather *g = data;
        struct oracle_class *class = g->class;
        const struct expr **array;

        if (expr->op != EXPR_REDUCE)
                return true;
        if (oracle_reduce_number(class, expr) >= 0)
                return true;
        array = grow(class->reduce, class->reduce_count, &class->reduce_room,
                     sizeof(*array));
        if (!array) {
                g->rc = ERR_MEMORY;
                return false;
        }
        class->reduce = array;
        array[class->reduce_count++] = expr;
        g->rc = narrow_factors(class, expr);
        return g->rc == 0;
}

static void classify_target(struct oracle_class *class,
                            const struct statement *statement)
{
        const struct tensor *target = statement->target;
        bool soft = oracle_may_undecide(class, statement->value);
        bool exact = target->role == TENSOR_INTERMEDIATE &&
                     statement->update != UPDATE_ADD &&
                     oracle_is_exact(class, statement->value);
        const struct tensor *start = oracle_init_tensor(target);

        if (start)
                exact = exact && (start->role == TENSOR_IN ||
                                  class->exact[start->number]);
        else if (target->init)
                exact = exact && oracle_is_exact(class, target->init);
        for (int d = 0; d < target->rank; d++)
                soft |= oracle_may_undecide(class, statement->subscript[d]);
        if (start)
                soft |= class->soft[start->number];
        class->exact[target->number] = exact && !soft;
        class->soft[target->number] = soft;
}

int oracle_class_init(struct oracle_class *class, const struct spec *spec,
                      struct error *err)
{
        struct gather g = {class, 0};

        *class = (struct oracle_class){.spec = spec};
        for (int t = 0; t < spec->tensor_count; t++) {
                class->wide |= spec->tensor[t]->dtype == DTYPE_F64;
                class->half |= spec->tensor[t]->dtype == DTYPE_F16 ||
                               spec->tensor[t]->dtype == DTYPE_BF16;
        }
        for (int s = 0; s < spec->statement_count; s++) {
                expr_walk(spec->statement[s]->value, visit_reduce, &g);
                if (g.rc < 0) {
                        oracle_class_dispose(class);
                        return error_memory(err);
                }
                classify_target(class, spec->statement[s]);
        }
        oracle_choose_layout(class);
        return 0;
}

void oracle_class_dispose(struct oracle_class *class)
{
        free(class->reduce);
        free(class->narrow);
        class->reduce = NULL;
        class->narrow = NULL;
}
