/* See repository.h: what is asked of a repository once load.c filled it. */
#include "repo/repository.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/text.h"
#include "repo/variants.h"

int repository_add_problem(struct repository *r, const char *file,
                           const char *kernel, const struct error *problem,
                           struct error *err)
{
        struct problem *grown, *last;

        if (problem->code == ERR_MEMORY || problem->code == ERR_IO) {
                if (err)
                        *err = *problem;
                return problem->code;
        }
        /* Grown by doubling, at every power of two. */
        if ((r->problem_count & (r->problem_count - 1)) == 0) {
                size_t room =
                        r->problem_count ? 2 * (size_t)r->problem_count : 1;

                grown = realloc(r->problem, room * sizeof *grown);
                if (!grown)
                        return error_memory(err);
                r->problem = grown;
        }
        last = &r->problem[r->problem_count];
        last->file = arena_strdup(r->arena, file);
        last->kernel = kernel ? arena_strdup(r->arena, kernel) : NULL;
        last->text = text_starts(problem->text, file)
                             ? arena_strdup(r->arena, problem->text)
                             : arena_printf(r->arena, "%s: %s", file,
                                            problem->text);
        if (!last->file || !last->text || (kernel && !last->kernel))
                return error_memory(err);
        text_hide_control(last->text);
        r->problem_count++;
        return 0;
}

static int compare_kernels(const void *a, const void *b)
{
        return strcmp(((const struct kernel *)a)->name,
                      ((const struct kernel *)b)->name);
}

const struct problem *repository_find_problem(const struct repository *r,
                                              const char *kernel)
{
        for (int i = 0; i < r->problem_count; i++)
                if (r->problem[i].kernel &&
                    text_equal(r->problem[i].kernel, kernel))
                        return &r->problem[i];
        return NULL;
}

void repository_free(struct repository *repository)
{
        if (!repository)
                return;
        for (int i = 0; i < repository->kernel_count; i++) {
                struct kernel *kernel = &repository->kernel[i];

                for (int j = 0; j < kernel->variant_count; j++)
                        source_free(kernel->variant[j].source);
                spec_free(kernel->spec);
        }
        free(repository->problem);
        arena_free(repository->arena);
        free(repository);
}

const struct kernel *repository_find_kernel(const struct repository *r,
                                            const char *name)
{
        struct kernel key = {.name = (char *)name};

        if (!r->kernel_count)
                return NULL;
        return bsearch(&key, r->kernel, (size_t)r->kernel_count,
                       sizeof *r->kernel, compare_kernels);
}

const struct hardware *repository_find_hardware(const struct repository *r,
                                                const char *name)
{
        for (int i = 0; i < r->hardware_count; i++)
                if (text_equal(r->hardware[i].name, name))
                        return &r->hardware[i];
        return NULL;
}

static const struct policy_kernel *find_policy(const struct repository *r,
                                               const char *kernel)
{
        for (int i = 0; i < r->policy.kernel_count; i++)
                if (text_equal(r->policy.kernel[i].name, kernel))
                        return &r->policy.kernel[i];
        return NULL;
}

bool repository_is_frozen(const struct repository *r, const char *kernel)
{
        const struct policy_kernel *policy = find_policy(r, kernel);

        return policy && policy->freeze;
}

bool repository_may_fix(const struct repository *r, const char *kernel)
{
        const struct policy_kernel *policy = find_policy(r, kernel);

        return !policy || policy->fix;
}

const struct policy_languages *repository_find_languages(
        const struct repository *r, const char *hardware)
{
        for (int i = 0; i < r->policy.language_count; i++)
                if (text_equal(r->policy.languages[i].hardware, hardware))
                        return &r->policy.languages[i];
        return NULL;
}
