/*
 * What the schedule spaces of map and row kernels share: lanes, traffic, the
 * fields that every space has.
 */
#include <stdlib.h>
#include <string.h>

#include "lower/plan.h"

static bool visit_variants(const struct expr *expr, void *data)
{
        bool *found = data;

        if (expr->op == EXPR_CALL && (expr->value.function == FN_EXP ||
                                      expr->value.function == FN_LOG1P ||
                                      expr->value.function == FN_TANH ||
                                      expr->value.function == FN_ERF))
                *found = true;
        return !*found;
}

bool plan_has_variant(const struct expr *expr)
{
        bool found = false;

        expr_walk(expr, visit_variants, &found);
        return found;
}

bool plan_has_variants(const struct plan *plan)
{
        for (int i = 0; i < plan->count; i++)
                if (plan->item[i].value &&
                    plan_has_variant(plan->item[i].value))
                        return true;
        return false;
}

static bool is_maximum(const struct expr *expr)
{
        const struct statement *s =
                expr->op == EXPR_READ ? expr->value.read.tensor->defined_by
                                      : NULL;

        return s ? is_maximum(s->value)
                 : expr->op == EXPR_REDUCE &&
                               expr->value.reduce.reduction == RED_MAX;
}

static bool visit_unbounded_exp(const struct expr *expr, void *data)
{
        bool *found = data;

        if (expr->op == EXPR_CALL && expr->value.function == FN_EXP)
                *found |= expr->arg[0]->op != EXPR_SUB ||
                          !is_maximum(expr->arg[0]->arg[1]);
        return !*found;
}

bool plan_has_unbounded_exp(const struct plan *plan)
{
        bool found = false;

        for (int i = 0; i < plan->count && !found; i++)
                if (plan->item[i].value)
                        expr_walk(plan->item[i].value, visit_unbounded_exp,
                                  &found);
        return found;
}

int plan_lanes(const struct spec *spec, int bytes)
{
        bool real = false, wide = false;

        for (int i = 0; i < spec->tensor_count; i++) {
                real |= spec->tensor[i]->kind == KIND_REAL;
                wide |= spec->tensor[i]->dtype == DTYPE_I64;
        }
        if ((!real && wide) || vector_real(spec) == DTYPE_F64)
                return bytes / 8;
        return bytes / 4;
}

double plan_bytes(const struct spec *spec, const struct binding *workload)
{
        double bytes = 0;

        for (int i = 0; i < spec->tensor_count; i++)
                if (spec->tensor[i]->role == TENSOR_IN ||
                    spec->tensor[i]->role == TENSOR_OUT)
                        bytes += (double)spec_tensor_bytes(spec->tensor[i],
                                                           workload);
        return bytes;
}

bool plan_streams(const struct spec *spec, const struct binding *workload,
                  const struct target *target)
{
        return plan_bytes(spec, workload) > 2 * (double)target->l2_bytes;
}

int64_t plan_value(const struct expr *expr, const struct binding *workload)
{
        switch (expr->op) {
        case EXPR_INTEGER:
        case EXPR_SIZE:
                return spec_eval_size(expr, workload);
        case EXPR_ADD:
        case EXPR_SUB:
        case EXPR_MUL:
        case EXPR_FLOOR_DIV:
        case EXPR_FLOOR_MOD:
        case EXPR_NEGATE:
                for (int i = 0; i < expr->count; i++)
                        if (expr->arg[i]->op == EXPR_INDEX ||
                            expr->arg[i]->op == EXPR_READ)
                                return 1;
                return spec_eval_size(expr, workload);
        case EXPR_CALL:
                return vector_is_size(expr) ? spec_eval_size(expr, workload)
                                            : 1;
        default:
                return 1;
        }
}

bool plan_positive(const struct expr *expr)
{
        if (expr->op == EXPR_INTEGER)
                return expr->value.integer > 0;
        if (expr->op == EXPR_SIZE)
                return expr->value.size->low > 0;
        return (expr->op == EXPR_ADD || expr->op == EXPR_MUL) &&
               plan_positive(expr->arg[0]) && plan_positive(expr->arg[1]);
}

void plan_field(struct schedule_space *space, const char *name,
                const char *meaning, const int64_t *values, int64_t guess)
{
        struct schedule_field *field = &space->field[space->count];

        if (space->count == SCHEDULE_FIELDS)
                return;
        field->name = name;
        field->meaning = meaning;
        field->count = 0;
        field->guess = 0;
        for (int i = 0; values[i] >= 0 && i < SCHEDULE_VALUES; i++) {
                field->value[field->count++] = values[i];
                if (llabs(values[i] - guess) <
                    llabs(field->value[field->guess] - guess))
                        field->guess = i;
        }
        space->count++;
}

struct size_uses {
        bool inner[LIMIT_SIZES];
};

static bool visit_sizes(const struct expr *expr, void *data)
{
        struct size_uses *uses = data;

        if (expr->op == EXPR_SIZE)
                uses->inner[expr->value.size->number] = true;
        return true;
}

/* Sizes that shape the inner loops: extents behind the first, and those of
 * tensors of rank 1 that are not the first of another. */
static bool find_fixable(const struct spec *spec, struct size_uses *uses)
{
        bool any = false;

        memset(uses, 0, sizeof *uses);
        for (int i = 0; i < spec->tensor_count; i++)
                for (int d = 1; d < spec->tensor[i]->rank; d++)
                        expr_walk(spec->tensor[i]->extent[d], visit_sizes,
                                  uses);
        for (int i = 0; i < spec->size_count; i++) {
                if (!thread_can_fix(spec->size[i]))
                        uses->inner[i] = false;
                any = any || uses->inner[i];
        }
        return any;
}

int plan_field_vector(struct schedule_space *space, const struct spec *spec,
                      const struct target *target)
{
        int widest = plan_lanes(spec, target->vector_bytes), n = 0;
        int64_t lanes[8];

        for (int l = 4; l <= widest; l *= 2)
                lanes[n++] = l;
        if (n == 0)
                lanes[n++] = widest > 1 ? widest : 2;
        lanes[n] = -1;
        plan_field(space, "vector", "lanes of a value", lanes, widest);
        return widest;
}

void plan_field_group(struct schedule_space *space,
                      const struct target *target, int64_t guess)
{
        int64_t groups[8];
        int n = 0;

        for (int g = 1; g <= target->items && g <= 512; g *= g < 32 ? 8 : 2)
                groups[n++] = g;
        if (n == 0)
                groups[n++] = 1;
        groups[n] = -1;
        plan_field(space, "group", "work-items of a row", groups, guess);
}

void plan_field_hint(struct schedule_space *space, int64_t guess)
{
        static const int64_t ahead[] = {0, 2, 8, 16, -1};

        plan_field(space, "hint",
                   "KiB ahead that operands are fetched, 0: not", ahead,
                   guess);
}

void plan_field_fix(struct schedule_space *space, const struct spec *spec,
                    bool guess)
{
        static const int64_t values[] = {0, 1, -1};
        struct size_uses uses;

        if (find_fixable(spec, &uses))
                plan_field(space, "fix",
                           "1: inner sizes are compiled in, one build a value",
                           values, guess);
}

void plan_fix(struct thread_program *program, const struct binding *workload,
              const struct schedule *schedule)
{
        struct size_uses uses;

        if (!schedule_get(schedule, "fix", 0) ||
            !find_fixable(program->spec, &uses))
                return;
        for (int i = 0; i < program->spec->size_count; i++)
                if (uses.inner[i])
                        thread_fix(program, program->spec->size[i],
                                   workload->size[i]);
}
