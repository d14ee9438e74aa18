/*
 * Which file a call gets. The order of the steps is the contract with the
 * people who own the files: nearest hardware first, their own generic last,
 * and nothing that is out of its domain or known wrong in between.
 */
#include "core/text.h"
#include "repo/repository.h"

/* One question, carried through the steps. */
struct question {
        const struct kernel *kernel;
        const struct binding *binding;
        const struct device_constants *device;
        bool (*skip)(const struct variant *variant, void *data);
        void *data;
        const char *language[REPOSITORY_LANGUAGES * 2 + 1]; /* in order */
};

static bool contains(const char *const *list, const char *word)
{
        for (; *list; list++)
                if (text_equal(*list, word))
                        return true;
        return false;
}

/* Policy's languages first, then the rest that the hardware can run. */
static void order_languages(struct question *question,
                            const struct repository *r,
                            const struct hardware *hardware)
{
        const struct policy_languages *policy =
                hardware ? repository_find_languages(r, hardware->name) : NULL;
        const char *kind = hardware ? hardware->kind : "cpu";
        int n = 0;

        for (int i = 0; policy && i < policy->count; i++)
                if (source_runs_on(policy->language[i], kind))
                        question->language[n++] = policy->language[i];
        question->language[n] = NULL;
        for (const char *const *l = source_languages(); *l; l++) {
                if (contains(question->language, *l) ||
                    !source_runs_on(*l, kind))
                        continue;
                question->language[n++] = *l;
                question->language[n] = NULL;
        }
}

static bool answers(const struct question *question,
                    const struct variant *variant, const char *target,
                    bool cased, const char *language)
{
        return text_equal(variant->target, target) &&
               (*variant->label != 0) == cased &&
               text_equal(variant->source->language, language) &&
               source_applies(variant->source, question->kernel->spec,
                              question->binding, question->device) &&
               (!question->skip || !question->skip(variant, question->data));
}

/* One step: the cases of a target, or the target itself. */
static const struct variant *try_step(const struct question *question,
                                      const char *target, bool cased)
{
        const struct kernel *kernel = question->kernel;

        for (const char *const *l = question->language; *l; l++)
                for (int i = 0; i < kernel->variant_count; i++)
                        if (answers(question, &kernel->variant[i], target,
                                    cased, *l))
                                return &kernel->variant[i];
        return NULL;
}

static const struct variant *try_target(const struct question *question,
                                        const char *target)
{
        const struct variant *found = try_step(question, target, true);

        return found ? found : try_step(question, target, false);
}

const struct variant *repository_resolve(
        const struct repository *r, const struct kernel *kernel,
        const struct hardware *hardware, const struct binding *binding,
        const struct device_constants *device,
        bool (*skip)(const struct variant *variant, void *data), void *data)
{
        struct question question = {kernel, binding, device, skip, data, {0}};
        const struct variant *found = NULL;

        order_languages(&question, r, hardware);
        if (hardware)
                found = try_target(&question, hardware->name);
        for (int i = 0; !found && hardware && i < hardware->family_count; i++)
                found = try_target(&question, hardware->family[i]);
        return found ? found : try_target(&question, "generic");
}
