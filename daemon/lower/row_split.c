/*
 * Passes as stages. A task of a later stage first joins the partial results of
 * earlier ones (there are as many as tasks, a few hundred bytes), which is
 * cheaper than a stage of its own for that.
 */
#include "lower/row_split.h"

#include <stdio.h>

/* Partial results: part t of reduction r is at r * parts + t. */
struct partial {
        struct thread_array *real, *whole; /* by kind; truths are 0 and 1 */
};

static struct thread_array *partial_array(const struct partial *partial,
                                          const struct expr *key)
{
        return key->kind == KIND_REAL ? partial->real : partial->whole;
}

static void open_partial(struct vector_scope *scope,
                         const struct row_emit *emit, int64_t parts,
                         struct partial *partial)
{
        struct thread_program *program = scope->program;
        const struct passes *passes = emit->passes;
        const struct thread_expr *count =
                thread_int(program, passes->reduction_count * parts);
        bool real = false, whole = false;

        for (int i = 0; i < passes->reduction_count; i++)
                if (passes->reduction[i].key->kind == KIND_REAL)
                        real = true;
                else
                        whole = true;
        partial->real = partial->whole = NULL;
        if (real)
                partial->real = thread_scratch(program, "parts", scope->real,
                                               count, false);
        if (whole)
                partial->whole = thread_scratch(program, "counts", DTYPE_I64,
                                                count, false);
}

/* Hold every reduction of the passes before `pass` as the sum of its parts. */
static void join_before(struct vector_scope *scope,
                        const struct row_emit *emit,
                        const struct partial *partial, int pass, int64_t parts)
{
        struct thread_program *program = scope->program;
        const struct passes *passes = emit->passes;

        for (int i = 0; i < passes->reduction_count; i++) {
                const struct expr *key = passes->reduction[i].key;
                enum reduction op = key->value.reduce.reduction;
                struct thread_type type =
                        thread_scalar(vector_dtype(scope, key->kind));
                const struct thread_expr *total, *t, *value;
                char name[LIMIT_NAME_BYTES + 8];

                if (passes_of_reduction(passes, i) >= pass)
                        continue;
                vector_name(scope, key, name, sizeof name);
                total = thread_var(program, name,
                                   reduce_identity(program, op, type));
                t = thread_for(program, "t", thread_int(program, 0),
                               thread_int(program, parts), 1);
                value = thread_load(
                        program, partial_array(partial, key),
                        thread_add(program, thread_int(program, i * parts), t),
                        1);
                thread_assign(
                        program, total,
                        reduce_step(program, op, total,
                                    thread_cast(program, value, type.dtype)));
                thread_end(program);
                vector_hold(scope, key, total);
        }
}

/* What a pass reduced goes to this task's place. */
static void store_parts(struct vector_scope *scope,
                        const struct row_emit *emit,
                        const struct partial *partial, int pass)
{
        struct thread_program *program = scope->program;
        const struct passes *passes = emit->passes;

        for (int i = 0; i < passes->reduction_count; i++) {
                const struct expr *key = passes->reduction[i].key;

                if (passes_of_reduction(passes, i) != pass)
                        continue;
                thread_store(program, partial_array(partial, key),
                             thread_add(program,
                                        thread_int(program, i * emit->parts),
                                        emit->part),
                             vector_lower(scope, key));
        }
}

static void pass_stage(struct vector_scope *scope, struct row_emit *emit,
                       const struct partial *partial, int pass)
{
        struct thread_program *program = scope->program;
        const struct vector_memo *memo = scope->memo;
        char name[2 * LIMIT_NAME_BYTES];

        snprintf(name, sizeof name, "%s_pass%d", program->spec->name,
                 pass + 1);
        emit->part = thread_stage_begin(program, name,
                                        thread_int(program, emit->parts));
        join_before(scope, emit, partial, pass, emit->parts);
        row_pass_run(scope, emit, pass);
        store_parts(scope, emit, partial, pass);
        thread_stage_end(program);
        emit->part = NULL;
        scope->memo = memo;
}

static bool has_values(const struct passes *passes)
{
        for (int i = 0; i < passes->output_count; i++)
                if (passes->output[i].range < 0)
                        return true;
        return false;
}

void row_split_stages(struct vector_scope *scope, struct row_emit *emit,
                      int64_t parts)
{
        struct thread_program *program = scope->program;
        const struct passes *passes = emit->passes;
        const struct vector_memo *memo = scope->memo;
        struct partial partial;
        char name[2 * LIMIT_NAME_BYTES];

        emit->parts = parts;
        open_partial(scope, emit, parts, &partial);
        for (int p = 0; p < passes->pass_count; p++)
                pass_stage(scope, emit, &partial, p);
        if (!has_values(passes))
                return;
        snprintf(name, sizeof name, "%s_join", program->spec->name);
        thread_stage_begin(program, name, thread_int(program, 1));
        join_before(scope, emit, &partial, passes->pass_count, parts);
        row_pass_store_values(scope, emit);
        thread_stage_end(program);
        scope->memo = memo;
}
