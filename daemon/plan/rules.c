/*
 * See rules.h. A rule says what a change asks for, not whether it is worth
 * it: kernels are touched here and decided about once each (need.c), however
 * many of a push's files concern them.
 */
#include "plan/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

struct rule_context {
        struct planning *p;
        const struct changes *changes;
};

typedef int rule(struct rule_context *context, const struct change *change,
                 struct error *err);

/* What the repository has to say against a file, as a decision. */
static bool refused(struct rule_context *context, const struct change *change,
                    const char *kernel, const char *hardware)
{
        const struct problem *problem =
                planning_problem(context->p, change->path);

        if (!problem)
                return false;
        draft_decide(&context->p->draft, kernel, hardware, "refuse", "%s",
                     problem->text);
        return true;
}

/* The cause of a touch in words. */
static const char *cause_of(const struct rule_context *context,
                            const struct change *change, char text[96])
{
        if (context->p->first)
                snprintf(text, 96, "first look at this repository");
        else
                snprintf(text, 96, "%.80s is %s", change->path,
                         change_how_name(change->how));
        return text;
}

/* Which kernels a new policy concerns is not worked out: all are looked at,
 * and what was searched already is found by its key. */
static int rule_policy(struct rule_context *context,
                       const struct change *change, struct error *err)
{
        (void)err;
        if (context->p->first)
                return 0;
        if (change->how == CHANGE_REMOVED)
                return 0; /* the load has failed before */
        planning_touch_all(context->p, TOUCH_POLICY, "kevo.json changed");
        return 0;
}

/* A removed model leaves its kernels with fewer workloads: their proposals
 * are measured again by the delivery, nothing has to be searched. */
static int rule_model(struct rule_context *context,
                      const struct change *change, struct error *err)
{
        const struct repository *r = context->p->repository;
        char cause[96];

        (void)err;
        if (refused(context, change, "", ""))
                return 0;
        if (change->how == CHANGE_REMOVED) {
                draft_decide(&context->p->draft, "", "", "ignore",
                             "%s is removed: its workloads are not asked "
                             "for any more",
                             change->path);
                return 0;
        }
        cause_of(context, change, cause);
        for (int i = 0; i < r->model_count; i++) {
                if (!text_equal(r->model[i].name, change->name))
                        continue;
                for (int k = 0; k < r->model[i].call_count; k++)
                        planning_touch(context->p, r->model[i].call[k].kernel,
                                       TOUCH_WORKLOAD, "%s", cause);
        }
        return 0;
}

/* Another machine's file is stated and waits; cancelling is repeated without
 * harm when the event is planned a second time. */
static int rule_hardware(struct rule_context *context,
                         const struct change *change, struct error *err)
{
        struct planning *p = context->p;
        const struct hardware *hardware;
        char cause[96];

        if (refused(context, change, "", change->name))
                return 0;
        if (change->how == CHANGE_REMOVED) {
                draft_decide(&p->draft, "", change->name, "cancel",
                             "%s is removed: its jobs are cancelled",
                             change->path);
                return job_cancel(p->store, p->path, NULL, change->name,
                                  "its hardware file was removed", err);
        }
        hardware = repository_find_hardware(p->repository, change->name);
        if (hardware && machine_matches(&p->machine, hardware))
                planning_touch_all(p, TOUCH_HARDWARE,
                                   cause_of(context, change, cause));
        else if (!context->p->first)
                draft_decide(&p->draft, "", change->name, "wait",
                             "waiting: no device here matches %s",
                             change->path);
        return 0;
}

/* The verification of the kernel is decided with its search: it needs a
 * workload, which may come from a model of the same push. */
static int rule_spec(struct rule_context *context, const struct change *change,
                     struct error *err)
{
        struct planning *p = context->p;
        char cause[96];

        if (change->how == CHANGE_REMOVED) {
                draft_decide(&p->draft, change->name, "", "cancel",
                             "%s is removed: its jobs are cancelled and its "
                             "proposals withdrawn",
                             change->path);
                return job_cancel(p->store, p->path, change->name, NULL,
                                  "its spec was removed", err);
        }
        if (refused(context, change, change->name, ""))
                return 0;
        cause_of(context, change, cause);
        planning_touch(p, change->name, TOUCH_SPEC, "%s", cause);
        return 0;
}

/* Is the spec of the same kernel in the same push? Then its verification
 * covers the sources. */
static bool spec_changes_too(const struct rule_context *context,
                             const struct change *change)
{
        for (int i = 0; i < context->changes->count; i++) {
                const struct change *other = &context->changes->change[i];

                if (other->kind == CHANGE_SPEC &&
                    other->how != CHANGE_REMOVED &&
                    text_equal(other->name, change->name))
                        return true;
        }
        return false;
}

/* The C code that states a kernel is part of its spec. */
static bool is_reference(const struct kernel *kernel, const char *path)
{
        const char *slash = strrchr(path, '/');

        return kernel && kernel->spec->reference && slash &&
               text_equal(slash + 1, kernel->spec->reference->file);
}

/* A person's source is proved before anything else happens to its kernel. A
 * blob that we made is known by its content, whoever committed it. */
static int rule_variant(struct rule_context *context,
                        const struct change *change, struct error *err)
{
        struct planning *p = context->p;
        char branch[BRANCH_BYTES], cause[96], why[256];
        const struct kernel *kernel;

        (void)err;
        if (refused(context, change, change->name, ""))
                return 0;
        if (change->how != CHANGE_REMOVED &&
            planning_is_ours(p, change->after, branch)) {
                draft_decide(&p->draft, change->name, "", "ignore",
                             "%s is our own proposal %s, merged", change->path,
                             branch);
                return 0;
        }
        cause_of(context, change, cause);
        kernel = repository_find_kernel(p->repository, change->name);
        if (is_reference(kernel, change->path)) {
                planning_touch(p, change->name, TOUCH_SPEC, "%s", cause);
                return 0;
        }
        if (change->how != CHANGE_REMOVED &&
            !spec_changes_too(context, change) && kernel &&
            planning_can_verify(p, kernel, why)) {
                draft_decide(&p->draft, change->name, "", "verify", "%s",
                             cause);
                planning_verify(p, change->path, change->after, p->before,
                                p->first ? PRIORITY_MERGED : PRIORITY_PUSH,
                                cause);
        }
        planning_touch(p, change->name, TOUCH_VARIANT, "%s", cause);
        return 0;
}

/* Anything else beside a spec, such as a header that a source includes or
 * a file that the repository's reader has something against. */
static int rule_other(struct rule_context *context,
                      const struct change *change, struct error *err)
{
        char cause[96];

        (void)err;
        if (refused(context, change, change->name, "") || context->p->first)
                return 0;
        planning_touch(context->p, change->name, TOUCH_VARIANT, "%s",
                       cause_of(context, change, cause));
        return 0;
}

static int rule_knowledge(struct rule_context *context,
                          const struct change *change, struct error *err)
{
        (void)err;
        if (!context->p->first)
                draft_decide(&context->p->draft, "", "", "ignore",
                             "%s: knowledge changes what is proposed, not "
                             "what was found",
                             change->path);
        return 0;
}

static rule *const rules[CHANGE_KINDS] = {
        [CHANGE_POLICY] = rule_policy,       [CHANGE_MODEL] = rule_model,
        [CHANGE_HARDWARE] = rule_hardware,   [CHANGE_SPEC] = rule_spec,
        [CHANGE_VARIANT] = rule_variant,     [CHANGE_OTHER] = rule_other,
        [CHANGE_KNOWLEDGE] = rule_knowledge,
};

int rules_apply(struct planning *p, const struct changes *changes,
                struct error *err)
{
        struct rule_context context = {p, changes};
        int rc = 0;

        for (int i = 0; i < changes->count && rc == 0; i++)
                rc = rules[changes->change[i].kind](&context,
                                                    &changes->change[i], err);
        return rc;
}
