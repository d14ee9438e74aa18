/* See device_build.h. */
#include "evaluate/device_build.h"

#include <stdlib.h>
#include <string.h>

#include "backends/device_code.h"
#include "backends/kept.h"
#include "evaluate/cell.h"
#include "evaluate/device_inside.h"

/* Everything that decides what the driver makes: the code with its options
 * and stages, and whose driver it is. How many groups are started does not:
 * one build serves all shapes. */
static void key_of(const struct device_code *code,
                   const struct device_info *info, char key[HASH_TEXT_BYTES])
{
        struct device_code head = *code;
        struct hash hash;

        for (int i = 0; i < LIMIT_STAGES; i++)
                head.stage[i].grid = 0;
        hash_begin(&hash);
        hash_add_text(&hash, "device");
        hash_add(&hash, &head, sizeof head);
        hash_add(&hash, code->bytes, (size_t)code->length);
        hash_add_text(&hash, info->platform);
        hash_add_text(&hash, info->name);
        hash_add_text(&hash, info->driver);
        hash_add_text(&hash, info->version);
        hash_end(&hash, key);
}

/* The answer in the work file of a process that is gone. */
static int take_answer(const struct memory *work, char **bytes, size_t *length,
                       struct error *err)
{
        const struct device_answer *answer =
                (const struct device_answer *)(const void *)work->map;
        size_t most = work->bytes - sizeof *answer;
        char *text;

        if (answer->length > most)
                return error_set(err, ERR_LOST, "a driver's answer is torn");
        text = malloc(answer->length + 1);
        if (!text)
                return error_memory(err);
        memcpy(text, answer->bytes, answer->length);
        text[answer->length] = 0;
        if (answer->code < 0) {
                error_set(err, answer->code, "%.1800s", text);
                free(text);
                return err->code;
        }
        *bytes = text;
        *length = answer->length;
        return 0;
}

static int ask(struct zygote *zygote, const struct build *build, char **bytes,
               size_t *length, struct error *err)
{
        struct cell_plan plan = {.remote = true,
                                 .threads = 1,
                                 .stages = 1,
                                 .sets = 1,
                                 .slots = 1};
        struct memory object = {0}, work = {0}, none = {0};
        struct cell cell = {0};
        int rc;

        rc = memory_of_bytes(&object, build->object, build->length, false,
                             err);
        if (rc == 0)
                rc = memory_create(&work,
                                   sizeof(struct device_answer) +
                                           LIMIT_OBJECT_BYTES,
                                   err);
        if (rc == 0)
                rc = memory_create(&none, 1, err);
        if (rc == 0)
                rc = cell_start(&cell, zygote, object.fd, none.fd, work.fd,
                                &plan, sizeof plan, err);
        if (rc == ERR_LOST)
                rc = error_set(err, ERR_INPUT,
                               "the driver's compiler crashed on it");
        cell_end(&cell);
        if (rc == 0)
                rc = take_answer(&work, bytes, length, err);
        memory_dispose(&none);
        memory_dispose(&work);
        memory_dispose(&object);
        return rc;
}

int device_build(struct build *build, struct zygote *zygote, const char *cache,
                 struct error *err)
{
        const struct device_code *code =
                (const struct device_code *)(void *)build->object;
        const struct device_driver *driver = device_driver_find(code->driver);
        struct device_code *built = NULL;
        const struct device_info *info;
        char key[HASH_TEXT_BYTES], *bytes = NULL;
        size_t length = 0;
        int count, rc;

        rc = driver ? device_list(driver, &info, &count, err)
                    : error_set(err, ERR_INTERNAL, "no such driver");
        if (rc == 0 && code->number >= count)
                rc = error_set(err, ERR_NOT_FOUND, "the device is gone");
        if (rc < 0)
                return rc;
        key_of(code, info + code->number, key);
        build->cached = cache && kept_load(cache, key, &bytes, &length);
        if (!build->cached)
                rc = ask(zygote, build, &bytes, &length, err);
        if (rc == 0 && !build->cached && cache)
                kept_store(cache, key, bytes, length);
        if (rc == 0)
                rc = device_code_built(&built, code, bytes, length, err);
        free(bytes);
        if (rc < 0)
                return rc;
        free(build->object);
        build->object = (char *)built;
        build->length = device_code_bytes(built);
        return 0;
}
