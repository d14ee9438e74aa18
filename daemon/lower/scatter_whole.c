/*
 * Sweeps over whole targets, or a task's share of them, element by element as
 * they lie in memory: setting them to their init, clearing and joining
 * copies, rounding sums to the declared type.
 */
#include "lower/scatter_inner.h"

enum reduction scatter_reduction(enum update update)
{
        switch (update) {
        case UPDATE_MAX:
                return RED_MAX;
        case UPDATE_MIN:
                return RED_MIN;
        default:
                return RED_SUM;
        }
}

static const struct thread_expr *element(const struct vector_scope *scope,
                                         const struct scatter_run *run)
{
        return scope->index[run->flat.number].base;
}

static const struct thread_expr *load_at(struct vector_scope *scope,
                                         struct thread_array *array,
                                         const struct thread_expr *offset)
{
        return thread_load_part(scope->program, array, offset, scope->lanes,
                                scope->active);
}

/* What the elements at the bound lanes start from. */
static const struct thread_expr *init_value(struct vector_scope *scope,
                                            const struct scatter_run *run)
{
        const struct expr *init = run->scatter->statement->target->init;
        const struct tensor *from;
        struct thread_array *array;

        if (init->op != EXPR_READ || init->value.read.tensor->rank == 0)
                return vector_lower(scope, init);
        from = init->value.read.tensor;
        array = scope->storage[from->number].array;
        if (!array)
                array = thread_tensor(scope->program, from);
        return load_at(scope, array, element(scope, run));
}

static void store_at(struct vector_scope *scope, struct thread_array *array,
                     const struct thread_expr *offset,
                     const struct thread_expr *value, bool stream)
{
        thread_store_part(
                scope->program, array, offset,
                thread_broadcast(scope->program, value, scope->lanes),
                scope->active, stream);
}

static void init_body(struct vector_scope *scope,
                      const struct thread_expr *copy, void *data)
{
        const struct scatter_run *run = data;

        (void)copy;
        store_at(scope, run->total, element(scope, run),
                 init_value(scope, run), run->stream && run->rests);
}

static void round_body(struct vector_scope *scope,
                       const struct thread_expr *copy, void *data)
{
        const struct scatter_run *run = data;

        (void)copy;
        store_at(scope, run->home, element(scope, run),
                 load_at(scope, run->total, element(scope, run)), false);
}

static void clear_body(struct vector_scope *scope,
                       const struct thread_expr *copy, void *data)
{
        const struct scatter_run *run = data;
        struct thread_type type = thread_scalar(run->wide);

        (void)copy;
        store_at(scope, run->total, element(scope, run),
                 reduce_identity(
                         scope->program,
                         scatter_reduction(run->scatter->statement->update),
                         type),
                 false);
}

/* Which copies a sweep joins. */
struct join {
        struct scatter_run *run;
        int64_t tables;
};

static void join_body(struct vector_scope *scope,
                      const struct thread_expr *copy, void *data)
{
        const struct join *join = data;
        const struct scatter_run *run = join->run;
        struct thread_program *program = scope->program;
        const struct thread_expr *value, *t, *at;

        (void)copy;
        value = thread_cast(program, init_value(scope, run), run->wide);
        value = thread_var(program, "joined",
                           thread_broadcast(program, value, scope->lanes));
        t = thread_for(program, "t", thread_int(program, 0),
                       thread_int(program, join->tables), 1);
        at = thread_add(program, thread_mul(program, t, run->elements),
                        element(scope, run));
        thread_assign(
                program, value,
                reduce_step(program,
                            scatter_reduction(run->scatter->statement->update),
                            value, load_at(scope, run->total, at)));
        thread_end(program);
        store_at(scope, run->home, element(scope, run), value, false);
}

static void sweep_elements(struct vector_scope *scope,
                           const struct scatter_run *run,
                           const struct thread_expr *low,
                           const struct thread_expr *high, sweep_body *body,
                           void *data)
{
        /* In lanes truths are masks, as wide as what they were made of. */
        bool masks = run->scatter->statement->target->kind == KIND_BOOLEAN;
        struct sweep sweep = {.index = &run->flat,
                              .name = "e",
                              .low = low,
                              .high = high,
                              .lanes = masks ? 1 : run->lanes,
                              .copies = 1,
                              .unroll = masks ? 1 : run->unroll};

        sweep_run(scope, &sweep, body, data);
}

void scatter_init(struct vector_scope *scope, struct scatter_run *run,
                  const struct thread_expr *low,
                  const struct thread_expr *high)
{
        sweep_elements(scope, run, low, high, init_body, run);
}

void scatter_round(struct vector_scope *scope, struct scatter_run *run,
                   const struct thread_expr *low,
                   const struct thread_expr *high)
{
        sweep_elements(scope, run, low, high, round_body, run);
}

void scatter_clear(struct vector_scope *scope, struct scatter_run *run,
                   const struct thread_expr *low,
                   const struct thread_expr *high)
{
        sweep_elements(scope, run, low, high, clear_body, run);
}

void scatter_join(struct vector_scope *scope, struct scatter_run *run,
                  int64_t tables, const struct thread_expr *low,
                  const struct thread_expr *high)
{
        struct join join = {run, tables};

        sweep_elements(scope, run, low, high, join_body, &join);
}
