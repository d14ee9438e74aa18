/*
 * See variants.h. A file name says what a variant is for:
 * generic.<suffix> or <hardware>[.<case>].<suffix>. Files that are not
 * sources (documents, editors' copies) are left alone; a name that nearly is
 * one is a problem rather than a file that is silently never used.
 */
#include "repo/variants.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/text.h"

enum { SUGGEST_AMONG = 256, VARIANTS = 1024 /* of one kernel */ };

/* Is target a hardware file or a family of one? */
static bool is_target(const struct repository *r, const char *target)
{
        for (int i = 0; i < r->hardware_count; i++) {
                if (text_equal(r->hardware[i].name, target))
                        return true;
                for (int j = 0; j < r->hardware[i].family_count; j++)
                        if (text_equal(r->hardware[i].family[j], target))
                                return true;
        }
        return text_equal(target, "generic");
}

/* A name that no hardware file could have, or the kernel's own, was not meant
 * as a hardware's: a file to go with it is no advice. */
static bool is_no_hardware(const struct kernel *kernel, const char *target)
{
        return !text_is_hardware_name(target) ||
               text_equal(target, kernel->name);
}

static int unknown_target(const struct repository *r,
                          const struct kernel *kernel, const char *path,
                          const char *target, struct error *err)
{
        const char *names[SUGGEST_AMONG + 2] = {"generic"}, *near;
        const char *suffix = source_suffix(source_language(path));

        if (is_no_hardware(kernel, target))
                return error_set(err, ERR_INPUT,
                                 "%s: a source is called generic%s, or like "
                                 "the hardware that it is for "
                                 "(hardware/NAME.json: NAME%s); rename it",
                                 path, suffix, suffix);
        for (int i = 0; i < r->hardware_count && i < SUGGEST_AMONG; i++)
                names[i + 1] = r->hardware[i].name;
        near = text_suggest(target, names);
        return error_set(err, ERR_INPUT,
                         "%s: no hardware file and no family is called "
                         "\"%s\"%s%s%s; rename the file or add "
                         "hardware/%s.json",
                         path, target, near ? ", did you mean \"" : "",
                         near ? near : "", near ? "\"?" : "", target);
}

static bool is_label(const char *text)
{
        size_t n = strlen(text);

        return n > 0 && n <= LIMIT_NAME_BYTES &&
               strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-") == n;
}

/* Split "<target>[.<case>]" into the variant. */
static int parse_name(const struct repository *r, const struct kernel *kernel,
                      struct variant *variant, const char *stem,
                      struct error *err)
{
        char *dot;

        variant->target = arena_strdup(r->arena, stem);
        if (!variant->target)
                return error_memory(err);
        variant->label = variant->target + strlen(variant->target);
        dot = strchr(variant->target, '.');
        if (dot) {
                *dot = 0;
                variant->label = dot + 1;
        }
        if (!is_target(r, variant->target))
                return unknown_target(r, kernel, variant->path,
                                      variant->target, err);
        if (!dot)
                return 0;
        if (text_equal(variant->target, "generic"))
                return error_set(err, ERR_INPUT,
                                 "%s: generic files have no case; restrict "
                                 "the file with a `when` line, or name it for "
                                 "a hardware",
                                 variant->path);
        if (!is_label(variant->label))
                return error_set(err, ERR_INPUT,
                                 "%s: \"%s\" cannot name a case; use "
                                 "lower-case letters, digits, - and _",
                                 variant->path, variant->label);
        return 0;
}

static int load_variant(struct repository *r, struct kernel *kernel,
                        const struct tree *tree, const char *name,
                        const char *language, struct error *err)
{
        struct variant *variant = &kernel->variant[kernel->variant_count];
        char stem[LIMIT_PATH_BYTES], *text = NULL;
        size_t length;
        int rc;

        if (kernel->variant_count == VARIANTS)
                return error_set(err, ERR_LIMIT,
                                 "kernels/%s/%s: more than %d sources in one "
                                 "folder",
                                 kernel->name, name, VARIANTS);
        *variant = (struct variant){0};
        variant->path =
                arena_printf(r->arena, "kernels/%s/%s", kernel->name, name);
        if (!variant->path)
                return error_memory(err);
        snprintf(stem, sizeof stem, "%.*s",
                 (int)(strlen(name) - strlen(source_suffix(language))), name);
        rc = parse_name(r, kernel, variant, stem, err);
        if (rc == 0)
                rc = tree_read(tree, variant->path, LIMIT_SOURCE_BYTES, &text,
                               &length, variant->blob, err);
        if (rc == 0)
                rc = source_parse(text, length, variant->path, language,
                                  kernel->spec, &variant->source, err);
        free(text);
        if (rc < 0)
                return rc;
        variant->header_only = variant->source->use != NULL;
        kernel->variant_count++;
        return 0;
}

/* Other names of a few letters come near it too, hence the first one. */
static bool is_slip_of_baseline(const char *name)
{
        static const char *const names[] = {"baseline.py", NULL};

        return text_ends(name, ".py") && !text_equal(name, *names) &&
               (*name == 'b' || *name == 'B') && text_suggest(name, names);
}

/* A name that no language has, although it looks like a variant's. */
static int check_other(const struct repository *r, const struct kernel *kernel,
                       const char *name, struct error *err)
{
        char stem[LIMIT_PATH_BYTES];
        size_t n = strcspn(name, ".");

        snprintf(stem, sizeof stem, "%.*s", (int)n, name);
        if (text_ends(name, ".bind.json"))
                return error_set(err, ERR_UNSUPPORTED,
                                 "kernels/%s/%s: bind files are not supported "
                                 "by this version; put the source itself here",
                                 kernel->name, name);
        if (is_slip_of_baseline(name))
                return error_set(err, ERR_INPUT,
                                 "kernels/%s/%s is not read, did you mean "
                                 "\"baseline.py\"? rename it",
                                 kernel->name, name);
        if (!name[n] || text_ends(name, "~") || text_ends(name, ".md") ||
            text_ends(name, ".txt") || !is_target(r, stem))
                return 0;
        return error_set(err, ERR_INPUT,
                         "kernels/%s/%s: no language has this suffix; known "
                         "are .c .cu .hip .cl .triton.py .cute.py",
                         kernel->name, name);
}

static struct variant *find_variant(const struct kernel *kernel,
                                    const char *file)
{
        for (int i = 0; i < kernel->variant_count; i++) {
                const char *slash = strrchr(kernel->variant[i].path, '/');

                if (text_equal(slash + 1, file))
                        return &kernel->variant[i];
        }
        return NULL;
}

/* Replace the source of a header-only file by what it stands for. */
static int resolve_variant(struct kernel *kernel, const struct tree *tree,
                           struct variant *variant, struct error *err)
{
        const char *use = variant->source->use;
        const struct variant *base = find_variant(kernel, use);
        struct source *effective;
        char path[LIMIT_PATH_BYTES];
        int rc;

        snprintf(path, sizeof path, "kernels/%s/%s", kernel->name, use);
        if (!base)
                return error_set(err, ERR_INPUT,
                                 tree_has(tree, path)
                                         ? "%s: uses %s, which has a problem "
                                           "itself; correct that file"
                                         : "%s: uses %s, but there is no such "
                                           "file; correct the `use` line",
                                 variant->path, path);
        if (base->header_only)
                return error_set(err, ERR_INPUT,
                                 "%s: uses %s, which is header-only itself; "
                                 "use the file with the code",
                                 variant->path, path);
        rc = source_resolve_use(variant->source, base->source, kernel->spec,
                                &effective, err);
        if (rc < 0)
                return rc;
        source_free(variant->source);
        variant->source = effective;
        return 0;
}

static int resolve_all(struct repository *r, struct kernel *kernel,
                       const struct tree *tree, struct error *err)
{
        int kept = 0, rc;

        for (int i = 0; i < kernel->variant_count; i++) {
                struct variant *variant = &kernel->variant[i];
                struct error problem = {0};

                if (!variant->header_only)
                        continue;
                rc = resolve_variant(kernel, tree, variant, &problem);
                if (rc == 0)
                        continue;
                rc = repository_add_problem(r, variant->path, kernel->name,
                                            &problem, err);
                source_free(variant->source);
                variant->source = NULL;
                if (rc < 0)
                        return rc;
        }
        for (int i = 0; i < kernel->variant_count; i++)
                if (kernel->variant[i].source)
                        kernel->variant[kept++] = kernel->variant[i];
        kernel->variant_count = kept;
        return 0;
}

int variants_load(struct repository *r, struct kernel *kernel,
                  const struct tree *tree, char *const *names,
                  struct error *err)
{
        size_t count = 0;
        int rc = 0;

        while (names[count])
                count++;
        kernel->variant =
                arena_alloc(r->arena, (count + 1) * sizeof *kernel->variant);
        if (!kernel->variant)
                return error_memory(err);
        for (; *names && rc == 0; names++) {
                const char *language = source_language(*names);
                struct error problem = {0};
                char path[LIMIT_PATH_BYTES];

                if (text_ends(*names, "/") || **names == '.' ||
                    text_ends(*names, ".kernel") ||
                    (kernel->spec->reference &&
                     text_equal(*names, kernel->spec->reference->file)))
                        continue;
                rc = language ? load_variant(r, kernel, tree, *names, language,
                                             &problem)
                              : check_other(r, kernel, *names, &problem);
                if (rc == 0)
                        continue;
                snprintf(path, sizeof path, "kernels/%s/%s", kernel->name,
                         *names);
                rc = repository_add_problem(r, path, kernel->name, &problem,
                                            err);
        }
        return rc < 0 ? rc : resolve_all(r, kernel, tree, err);
}

static bool same_step(const struct variant *a, const struct variant *b)
{
        return *a->label && *b->label && text_equal(a->target, b->target) &&
               text_equal(a->source->language, b->source->language);
}

/* A problem when both cases hold for one of the workloads. */
static int check_pair(struct repository *r, const struct kernel *kernel,
                      const struct variant *a, const struct variant *b,
                      const struct demand *demand, int count,
                      struct error *err)
{
        struct error problem = {0};

        for (int i = 0; i < count; i++) {
                if (!source_holds(a->source, kernel->spec,
                                  &demand[i].binding) ||
                    !source_holds(b->source, kernel->spec, &demand[i].binding))
                        continue;
                error_set(&problem, ERR_INPUT,
                          "%s and %s: `when` of both holds for workload %s "
                          "(%s); narrow one of them",
                          a->path, b->path, demand[i].name, demand[i].text);
                return repository_add_problem(r, a->path, kernel->name,
                                              &problem, err);
        }
        return 0;
}

int variants_check_cases(struct repository *r, const struct kernel *kernel,
                         struct error *err)
{
        struct demand *demand = NULL;
        int count = 0, cases = 0, rc;

        for (int i = 0; i < kernel->variant_count; i++)
                cases += *kernel->variant[i].label != 0;
        if (cases < 2)
                return 0;
        rc = repository_demands(r, kernel, &demand, &count, err);
        for (int i = 0; i < kernel->variant_count && rc == 0; i++)
                for (int j = i + 1; j < kernel->variant_count && rc == 0; j++)
                        if (same_step(&kernel->variant[i],
                                      &kernel->variant[j]))
                                rc = check_pair(r, kernel, &kernel->variant[i],
                                                &kernel->variant[j], demand,
                                                count, err);
        repository_free_demands(demand, count);
        return rc;
}
