/*
 * The contraction class as the search sees it: does it apply, which fields,
 * and the program of one schedule.
 *
 * Refuses (ERR_UNSUPPORTED) what a schedule asks for and the main
 * contraction cannot do, such as more accumulators than registers; smaller
 * contractions of the same spec fall back to packing instead, so that one
 * schedule serves them all.
 */
#include "lower/contraction.h"

#include <stdio.h>

#include "core/arena.h"
#include "lower/contraction_code.h"
#include "lower/contraction_plan.h"
#include "lower/regroup.h"

enum { PLAN_BYTES = 16 << 20 };

/* What is left over becomes a stage each. */
static bool can_lower(const struct contraction_plan *plan)
{
        int stages = 4 * plan->form_count;

        for (int s = 0; s < plan->spec->statement_count; s++) {
                if (plan->role[s] != CONTRACTION_SEPARATE)
                        continue;
                stages++;
        }
        return stages <= LIMIT_STAGES;
}

/* The plan of an order of spec's products. */
static bool find_plan(struct arena *arena, const struct spec *spec,
                      struct contraction_plan *plan)
{
        return contraction_plan_make(arena, spec, plan) && can_lower(plan);
}

static bool is_plan(struct arena *arena, const struct spec *spec)
{
        struct contraction_plan plan;

        return find_plan(arena, spec, &plan);
}

bool contraction_applies(const struct spec *spec, const struct target *target)
{
        struct arena *arena = arena_new(PLAN_BYTES);
        bool applies = arena && regroup_best(arena, spec, NULL, is_plan) >= 0;

        (void)target;
        arena_free(arena);
        return applies;
}

static int make_plan(struct arena *arena, const struct spec *spec, int order,
                     struct contraction_plan *plan, struct error *err)
{
        const struct spec *regrouped =
                arena && order >= 0 ? regroup_make(arena, spec, order) : NULL;

        if (regrouped && find_plan(arena, regrouped, plan))
                return 0;
        if (!arena || arena_failed(arena))
                return error_memory(err);
        return error_set(err, ERR_UNSUPPORTED,
                         "%s has no statement that is a contraction",
                         spec->name);
}

int contraction_fields(const struct spec *spec, const struct binding *workload,
                       const struct target *target,
                       struct schedule_space *space, struct error *err)
{
        struct arena *arena = arena_new(PLAN_BYTES);
        struct contraction_plan plan;
        struct contraction_shape shape;
        int best = arena ? regroup_best(arena, spec, workload, is_plan) : -1;
        int rc = make_plan(arena, spec, best, &plan, err);

        if (rc)
                goto out;
        contraction_shape_of(contraction_choice_form(&plan, workload),
                             workload, &shape);
        contraction_choice_space(&shape, target, space);
        regroup_field(arena, spec, workload, best, space);
out:
        arena_free(arena);
        return rc;
}

/* --- one form under the shared schedule -----------------------------------
 */

static int check_choice(const struct contraction_choice *choice,
                        const struct contraction_shape *shape,
                        const struct target *target, struct error *err)
{
        if (choice->vector > target->vector_bytes)
                return error_set(err, ERR_UNSUPPORTED,
                                 "vectors of %d bytes on a device with %d",
                                 (int)choice->vector, target->vector_bytes);
        if (!contraction_choice_fits(choice, shape->element_bytes))
                return error_set(err, ERR_UNSUPPORTED,
                                 "%d x %d accumulators do not fit the "
                                 "registers",
                                 (int)choice->rows, (int)choice->vectors);
        if (choice->left == CONTRACTION_DIRECT && !shape->left_direct)
                return error_set(err, ERR_UNSUPPORTED,
                                 "the left operand must be packed");
        if (choice->right == CONTRACTION_DOT && !shape->dot)
                return error_set(err, ERR_UNSUPPORTED,
                                 "the operands do not lie along the reduced "
                                 "elements");
        if ((choice->right == CONTRACTION_DIRECT && !shape->right_direct) ||
            (choice->right == CONTRACTION_MARGIN && !shape->margin))
                return error_set(err, ERR_UNSUPPORTED,
                                 "the right operand must be packed");
        return 0;
}

/* --- the program -----------------------------------------------------------
 */

struct thread_array *contraction_place(struct thread_program *program,
                                       const struct tensor *tensor,
                                       const struct thread_expr *elements)
{
        struct vector_scope scope;
        enum dtype dtype;
        char name[LIMIT_NAME_BYTES + 32];

        vector_open(&scope, program);
        dtype = vector_stored(&scope, tensor);
        snprintf(name, sizeof name, "%.48s_kept", tensor->name);
        if (elements)
                return thread_local_buffer(program, name, dtype, elements);
        return thread_scratch(program, name, dtype,
                              vector_elements(program, tensor), false);
}

/* Scratch for what is kept and has no argument of its own. */
static void place_tensor(struct thread_program *program,
                         const struct tensor *tensor,
                         struct contraction_storage *storage)
{
        if (tensor->role != TENSOR_OUT)
                storage->array[tensor->number] =
                        contraction_place(program, tensor, NULL);
}

static void describe(struct thread_program *program,
                     const struct contraction_choice *choice)
{
        static const char *const packing[] = {
                "read where it lies", "packed by each task", "packed once",
                "along the reduced elements", "in a copy with margins"};

        thread_describe(program,
                        "Matrix product in register tiles of %d rows by %d "
                        "vectors of %d bytes; left operand %s, right operand "
                        "%s.",
                        (int)choice->rows, (int)choice->vectors,
                        (int)choice->vector, packing[choice->left],
                        packing[choice->right]);
}

/* Arguments are named before any variable may take their names. */
static void name_arguments(struct thread_program *program)
{
        const struct spec *spec = program->spec;

        for (int t = 0; t < spec->tensor_count; t++)
                if (spec->tensor[t]->role == TENSOR_IN ||
                    spec->tensor[t]->role == TENSOR_OUT)
                        (void)thread_tensor(program, spec->tensor[t]);
}

static void fix_sizes(struct thread_program *program,
                      const struct binding *workload)
{
        const struct spec *spec = program->spec;

        for (int i = 0; i < spec->size_count; i++)
                if (thread_can_fix(spec->size[i]))
                        thread_fix(program, spec->size[i], workload->size[i]);
}

void contraction_write_statement(struct thread_program *program,
                                 const struct contraction_plan *plan, int s,
                                 const struct binding *workload,
                                 const struct contraction_choice *choice,
                                 struct contraction_storage *storage)
{
        const struct statement *statement = plan->spec->statement[s];
        struct contraction_choice own = *choice;
        struct contraction_shape shape;

        if (plan->role[s] == CONTRACTION_SEPARATE) {
                place_tensor(program, statement->target, storage);
                contraction_write_rest(program, statement, plan->value[s],
                                       storage, choice);
        }
        if (plan->role[s] != CONTRACTION_SUM)
                return;
        if (plan->form[s]->stored)
                place_tensor(program, statement->target, storage);
        contraction_shape_of(plan->form[s], workload, &shape);
        contraction_choice_adapt(&own, &shape);
        if (own.right == CONTRACTION_MARGIN)
                contraction_write_margin(program, plan->form[s], &own,
                                         storage);
        else
                contraction_write(program, plan->form[s], &own, storage);
}

int contraction_lower(const struct spec *spec, const struct binding *workload,
                      const struct target *target,
                      const struct schedule *schedule,
                      struct thread_program *program, struct error *err)
{
        struct contraction_storage storage = {0};
        struct contraction_choice choice;
        struct contraction_shape shape;
        struct contraction_plan plan;
        int order = (int)schedule_get(schedule, "order", -1);
        int rc = make_plan(program->arena, spec, order < 0 ? 0 : order, &plan,
                           err);

        if (rc)
                return rc;
        regroup_limit(program, spec, plan.spec);
        thread_respec(program, plan.spec);
        spec = plan.spec;
        contraction_choice_read(schedule, &choice);
        choice.threads = target->threads;
        contraction_shape_of(contraction_choice_form(&plan, workload),
                             workload, &shape);
        /* Fields are made for one order and serve the others as they can. */
        if (order >= 0)
                contraction_choice_adapt(&choice, &shape);
        rc = check_choice(&choice, &shape, target, err);
        if (rc)
                return rc;
        describe(program, &choice);
        name_arguments(program);
        if (choice.fix)
                fix_sizes(program, workload);
        for (int s = 0; s < spec->statement_count; s++)
                contraction_write_statement(program, &plan, s, workload,
                                            &choice, &storage);
        return 0;
}
