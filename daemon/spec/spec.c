/* Looking things up in a checked spec, and walking its expressions. */
#include "spec/spec.h"

#include <string.h>

const struct size *spec_find_size(const struct spec *spec, const char *name)
{
        for (int i = 0; i < spec->size_count; i++)
                if (strcmp(spec->size[i]->name, name) == 0)
                        return spec->size[i];
        return NULL;
}

const struct param *spec_find_param(const struct spec *spec, const char *name)
{
        for (int i = 0; i < spec->param_count; i++)
                if (strcmp(spec->param[i]->name, name) == 0)
                        return spec->param[i];
        return NULL;
}

const struct tensor *spec_find_tensor(const struct spec *spec,
                                      const char *name)
{
        for (int i = 0; i < spec->tensor_count; i++)
                if (strcmp(spec->tensor[i]->name, name) == 0)
                        return spec->tensor[i];
        return NULL;
}

const struct workload *spec_find_workload(const struct spec *spec,
                                          const char *name)
{
        for (int i = 0; i < spec->workload_count; i++)
                if (strcmp(spec->workload[i]->name, name) == 0)
                        return spec->workload[i];
        return NULL;
}

typedef bool visitor(const struct expr *expr, void *data);

static bool walk(const struct expr *expr, visitor *visit, void *data);

/* Subscripts, then the guard. */
static bool walk_read(const struct read *read, visitor *visit, void *data)
{
        for (int d = 0; d < read->tensor->rank; d++)
                if (!walk(read->subscript[d], visit, data))
                        return false;
        return walk(read->fallback, visit, data);
}

/* The bounds belong to the reduction, not to its term. */
static bool walk_ranges(const struct expr *expr, visitor *visit, void *data)
{
        for (int i = 0; i < expr->value.reduce.count; i++)
                if (!walk(expr->value.reduce.index[i]->lo, visit, data) ||
                    !walk(expr->value.reduce.index[i]->hi, visit, data))
                        return false;
        return true;
}

/* NULL stands where there is nothing: the subscripts of an init. */
static bool walk(const struct expr *expr, visitor *visit, void *data)
{
        if (!expr)
                return true;
        if (!visit(expr, data))
                return false;
        if (expr->op == EXPR_READ &&
            !walk_read(&expr->value.read, visit, data))
                return false;
        if (expr->op == EXPR_REDUCE && !walk_ranges(expr, visit, data))
                return false;
        for (int i = 0; i < expr->count; i++)
                if (!walk(expr->arg[i], visit, data))
                        return false;
        return true;
}

void expr_walk(const struct expr *expr,
               bool (*visit)(const struct expr *expr, void *data), void *data)
{
        walk(expr, visit, data);
}
