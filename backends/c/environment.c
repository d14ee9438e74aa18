/* See environment.h. */
#include "backends/c/environment.h"

#include <gnu/libc-version.h>
#include <stdio.h>
#include <string.h>

#include "backends/backend.h"
#include "backends/c/compiler.h"

void environment_isa(const struct machine *machine, char *text)
{
        char *p = text;

        *p = 0;
        for (int i = 0; i < machine->isa_count; i++)
                p += sprintf(p, "%s%s", i ? " " : "", machine->isa[i]);
}

int environment_of(const struct machine *machine, cJSON **fields,
                   struct error *err)
{
        const struct compiler *compiler;
        char isa[32 * 17], libc[64];
        cJSON *json;
        int rc = compiler_find(&compiler, err);

        *fields = NULL;
        if (rc < 0)
                return rc;
        environment_isa(machine, isa);
        snprintf(libc, sizeof libc, "glibc %s", gnu_get_libc_version());
        json = cJSON_CreateObject();
        if (!cJSON_AddStringToObject(json, "cpu", machine->model_name) ||
            !cJSON_AddStringToObject(json, "isa", isa) ||
            !cJSON_AddNumberToObject(json, "threads", machine->threads) ||
            !cJSON_AddStringToObject(json, "compiler", compiler->version) ||
            !cJSON_AddStringToObject(json, "flags", compiler_base_flags()) ||
            !cJSON_AddStringToObject(json, "libc", libc) ||
            !cJSON_AddNumberToObject(json, "method", BACKEND_METHOD)) {
                cJSON_Delete(json);
                return error_memory(err);
        }
        *fields = json;
        return 0;
}
