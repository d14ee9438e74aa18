/*
 * The structural classes and the way from a spec to a finished program. A
 * class is one line of this table.
 */
#include "lower/lower.h"

#include <string.h>

#include "lower/chain.h"
#include "lower/contraction.h"
#include "lower/first.h"
#include "lower/irregular.h"
#include "lower/map.h"
#include "lower/quotient.h"
#include "lower/row.h"

struct class_row {
        enum schedule_class class;
        bool (*applies)(const struct spec *spec, const struct target *target);
        int (*fields)(const struct spec *spec, const struct binding *workload,
                      const struct target *target,
                      struct schedule_space *space, struct error *err);
        int (*lower)(const struct spec *spec, const struct binding *workload,
                     const struct target *target,
                     const struct schedule *schedule,
                     struct thread_program *program, struct error *err);
        bool items;  /* has a form for targets with work-items */
        bool splits; /* in lanes it works on what quotient_split makes of
                        a spec */
};

/* Best guess first: a class further up makes more of a spec's structure. */
static const struct class_row classes[] = {
        {SCHEDULE_CHAIN, chain_applies, chain_fields, chain_lower},
        {SCHEDULE_CONTRACTION, contraction_applies, contraction_fields,
         contraction_lower},
        {SCHEDULE_IRREGULAR, irregular_applies, irregular_fields,
         irregular_lower},
        {SCHEDULE_ROW, row_applies, row_fields, row_lower, true, true},
        {SCHEDULE_MAP, map_applies, map_fields, map_lower, true, true},
};

enum { CLASSES = sizeof classes / sizeof *classes };

static const struct class_row *class_find(enum schedule_class class)
{
        for (int i = 0; i < CLASSES; i++)
                if (classes[i].class == class && classes[i].applies)
                        return &classes[i];
        return NULL;
}

/* A work-item divides for itself. */
static bool splits(const struct class_row *row, const struct target *target)
{
        return row->splits && !target->items;
}

static const struct spec *split_for(const struct class_row *row,
                                    struct arena *arena,
                                    const struct spec *spec)
{
        bool rows = row->class == SCHEDULE_ROW;

        return quotient_split(arena, spec, rows,
                              rows ? QUOTIENT_LANES : QUOTIENT_PAIRS);
}

static bool class_applies(const struct class_row *row, const struct spec *spec,
                          const struct target *target)
{
        struct arena *arena;
        bool applies;

        if (!row->applies || (target->items && !row->items))
                return false;
        if (!splits(row, target))
                return row->applies(spec, target);
        arena = arena_new(THREAD_ARENA_BYTES);
        spec = arena ? split_for(row, arena, spec) : NULL;
        applies = spec && row->applies(spec, target);
        arena_free(arena);
        return applies;
}

/* Close a program: it is the caller's, or it is freed. */
static int finish(struct thread_program *made, int rc,
                  struct thread_program **program, struct error *err)
{
        if (!rc)
                rc = thread_finish(made, err);
        if (rc) {
                thread_free(made);
                made = NULL;
        }
        *program = made;
        return rc;
}

int lower_first(const struct spec *spec, struct thread_program **program,
                struct error *err)
{
        struct thread_program *made;

        *program = NULL;
        if (spec->reference)
                return error_set(err, ERR_UNSUPPORTED,
                                 "%s is stated by C code (%s), from which "
                                 "nothing is generated; write a source "
                                 "(docs/sources.md), kernels/%s/generic.c",
                                 spec->name, spec->reference->file,
                                 spec->name);
        made = thread_new(spec);
        if (made)
                spec = quotient_split(made->arena, spec, false,
                                      QUOTIENT_SCALARS);
        if (!made || !spec) {
                thread_free(made);
                return error_memory(err);
        }
        thread_respec(made, spec);
        first_lower(spec, made);
        return finish(made, 0, program, err);
}

int lower_classes(const struct spec *spec, const struct target *target,
                  enum schedule_class *found, int maximum)
{
        int count = 0;

        if (spec->reference)
                return 0;
        for (int i = 0; i < CLASSES && count < maximum; i++)
                if (class_applies(&classes[i], spec, target))
                        found[count++] = classes[i].class;
        return count;
}

int lower_fields(const struct spec *spec, const struct binding *workload,
                 const struct target *target, enum schedule_class class,
                 struct schedule_space *space, struct error *err)
{
        const struct class_row *row = class_find(class);
        struct arena *arena;
        int rc;

        memset(space, 0, sizeof *space);
        space->class = class;
        if (class == SCHEDULE_FIRST)
                return 0;
        if (!row || !class_applies(row, spec, target))
                return error_set(err, ERR_UNSUPPORTED,
                                 "class %s does not apply to kernel %s",
                                 schedule_class_name(class), spec->name);
        if (!splits(row, target))
                return row->fields(spec, workload, target, space, err);
        arena = arena_new(THREAD_ARENA_BYTES);
        spec = arena ? split_for(row, arena, spec) : NULL;
        rc = spec ? row->fields(spec, workload, target, space, err)
                  : error_memory(err);
        arena_free(arena);
        return rc;
}

int lower_schedule(const struct spec *spec, const struct binding *workload,
                   const struct target *target,
                   const struct schedule *schedule,
                   struct thread_program **program, struct error *err)
{
        const struct class_row *row = class_find(schedule->class);
        struct thread_program *made;

        *program = NULL;
        if (schedule->class == SCHEDULE_FIRST)
                return lower_first(spec, program, err);
        if (!row || !class_applies(row, spec, target))
                return error_set(err, ERR_UNSUPPORTED,
                                 "class %s does not apply to kernel %s",
                                 schedule_class_name(schedule->class),
                                 spec->name);
        made = thread_new(spec);
        if (made && splits(row, target))
                spec = split_for(row, made->arena, spec);
        if (!made || !spec) {
                thread_free(made);
                return error_memory(err);
        }
        thread_respec(made, spec);
        return finish(made,
                      row->lower(spec, workload, target, schedule, made, err),
                      program, err);
}
