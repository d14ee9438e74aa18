/*
 * Model manifests, read against the kernels of this repository. Every call
 * of an accepted one binds sizes that its kernel takes.
 */
#include "fuzz.h"

#include "core/arena.h"
#include "repo/manifest.h"

static struct repository *repository;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
        (void)argc, (void)argv;
        repository = fuzz_repository();
        return 0;
}

static void check_call(const struct call *call)
{
        const struct kernel *kernel =
                repository_find_kernel(repository, call->kernel);
        struct error err = {0};

        fuzz_promise(kernel != NULL, "a call names a kernel", call->kernel);
        fuzz_promise(binding_check(&call->binding, kernel->spec, &err) == 0,
                     "a call binds sizes of the kernel", err.text);
        fuzz_promise(call->count > 0, "a call is called", call->kernel);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct repository mine = *repository;
        struct model model = {0};
        struct error err = {0};
        char *text = fuzz_text(data, size), name[LIMIT_NAME_BYTES + 1];
        int rc;

        mine.arena = arena_new(64 << 20);
        fuzz_name(text, "\"model\"", name, sizeof name);
        rc = manifest_parse(&model, &mine, text, size, "models/f.json", name,
                            &err);
        fuzz_check_error(rc, &err);
        for (int i = 0; rc == 0 && i < model.call_count; i++)
                check_call(model.call + i);
        arena_free(mine.arena);
        free(text);
        return 0;
}
