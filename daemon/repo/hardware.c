/* See hardware.h. */
#include "repo/hardware.h"

#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "core/text.h"
#include "repo/cpuid.h"
#include "repo/jsonfile.h"

enum { WHERE_BYTES = LIMIT_PATH_BYTES + 32 };

static int parse_match(struct hardware *hw, struct arena *arena,
                       const cJSON *json, const char *file, struct error *err)
{
        static const char *const keys[] = {
                "vendor", "name", "arch",    "mig",   "family",
                "model",  "isa",  "threads", "cores", NULL};
        struct {
                const char *key;
                char **text;
        } texts[] = {{"vendor", &hw->vendor},
                     {"name", &hw->model_name},
                     {"arch", &hw->arch},
                     {"mig", &hw->mig}};
        struct {
                const char *key;
                int64_t *number;
        } numbers[] = {{"family", &hw->cpu_family},
                       {"model", &hw->cpu_model},
                       {"threads", &hw->threads},
                       {"cores", &hw->cores}};
        char where[WHERE_BYTES];
        const cJSON *node;
        int rc = jsonfile_object_or(json, "match", file, &node, err);

        if (rc < 0)
                return rc;
        if (!node || !node->child)
                return error_set(err, ERR_INPUT,
                                 "%s: \"match\" says which device this is and "
                                 "must not be empty; `kevo hardware add` "
                                 "writes this machine's",
                                 file);
        snprintf(where, sizeof where, "%s: match", file);
        rc = json_check_keys(node, keys, where, err);
        for (int i = 0; i < 4 && rc == 0; i++)
                rc = jsonfile_text_or(node, texts[i].key, where, arena,
                                      texts[i].text, err);
        for (int i = 0; i < 4 && rc == 0; i++)
                rc = json_get_int_or(node, numbers[i].key, where, 0, 1 << 20,
                                     numbers[i].number, err);
        if (rc == 0)
                rc = jsonfile_texts_or(node, "isa", where, arena,
                                       (int)(sizeof hw->isa / sizeof *hw->isa),
                                       hw->isa, &hw->isa_count, err);
        for (int i = 0; i < hw->isa_count && rc == 0; i++) {
                const char *near;

                if (!cpuid_knows(hw->isa[i], &near))
                        rc = error_set(err, ERR_INPUT,
                                       "%s: isa: unknown instruction set "
                                       "\"%s\", which no machine would "
                                       "match%s%s%s",
                                       where, hw->isa[i],
                                       near ? "; did you mean \"" : "",
                                       near ? near : "", near ? "\"?" : "");
        }
        return rc;
}

static int parse_families(struct hardware *hw, struct arena *arena,
                          const cJSON *json, const char *file,
                          struct error *err)
{
        int rc = jsonfile_texts_or(
                json, "family", file, arena,
                (int)(sizeof hw->family / sizeof *hw->family), hw->family,
                &hw->family_count, err);

        for (int i = 0; i < hw->family_count && rc == 0; i++) {
                if (!text_is_hardware_name(hw->family[i]) ||
                    text_equal(hw->family[i], "generic") ||
                    text_equal(hw->family[i], "all"))
                        rc = error_set(err, ERR_INPUT,
                                       "%s: family \"%s\": use lower-case "
                                       "letters, digits and dashes, not a "
                                       "reserved name",
                                       file, hw->family[i]);
                else if (text_equal(hw->family[i], hw->name))
                        rc = error_set(err, ERR_INPUT,
                                       "%s: \"family\" lists the hardware "
                                       "itself; remove it",
                                       file);
        }
        return rc;
}

static int parse_generation(struct hardware *hw, struct arena *arena,
                            const cJSON *json, const char *file,
                            struct error *err)
{
        static const char *const keys[] = {"vendor", "order", NULL};
        char where[WHERE_BYTES];
        const cJSON *node;
        int rc = jsonfile_object_or(json, "generation", file, &node, err);

        if (rc < 0 || !node)
                return rc;
        snprintf(where, sizeof where, "%s: generation", file);
        rc = json_check_keys(node, keys, where, err);
        if (rc == 0)
                rc = jsonfile_text_or(node, "vendor", where, arena,
                                      &hw->generation_vendor, err);
        if (rc == 0)
                rc = json_get_int_or(node, "order", where, 0, 1 << 20,
                                     &hw->generation_order, err);
        return rc;
}

/* The best arithmetic peak bounds every kernel from below; which dtype it is
 * for does not matter to a bound. */
static int parse_peaks(struct hardware *hw, const cJSON *json,
                       const char *file, struct error *err)
{
        static const char *const keys[] = {
                "dram_gbs",   "f64_tflops",  "f32_tflops", "tf32_tflops",
                "f16_tflops", "bf16_tflops", NULL};
        char where[WHERE_BYTES];
        const cJSON *node;
        int rc = jsonfile_object_or(json, "peaks", file, &node, err);

        if (rc < 0 || !node)
                return rc;
        snprintf(where, sizeof where, "%s: peaks", file);
        rc = json_check_keys(node, keys, where, err);
        if (rc == 0)
                rc = json_get_double_or(node, keys[0], where, 0, 1e9,
                                        &hw->peak_gbs, err);
        for (int i = 1; keys[i] && rc == 0; i++) {
                double tflops = 0;

                rc = json_get_double_or(node, keys[i], where, 0, 1e9, &tflops,
                                        err);
                if (tflops * 1000 > hw->peak_gflops)
                        hw->peak_gflops = tflops * 1000;
        }
        return rc;
}

static int parse_all(struct hardware *hw, struct arena *arena,
                     const cJSON *json, const char *file, struct error *err)
{
        static const char *const kinds[] = {"cpu", "cuda", "hip", "opencl",
                                            NULL};
        int kind = -1, rc;

        rc = jsonfile_check_name(json, "hardware", file, hw->name, err);
        if (rc == 0)
                rc = jsonfile_choice_or(json, "kind", file, kinds, &kind, err);
        if (rc < 0)
                return rc;
        if (kind < 0)
                return error_set(err, ERR_INPUT,
                                 "%s: \"kind\" is missing; it is \"cpu\", "
                                 "\"cuda\", \"hip\" or \"opencl\"",
                                 file);
        hw->kind = arena_strdup(arena, kinds[kind]);
        rc = parse_match(hw, arena, json, file, err);
        if (rc == 0)
                rc = parse_families(hw, arena, json, file, err);
        if (rc == 0)
                rc = parse_generation(hw, arena, json, file, err);
        if (rc == 0)
                rc = parse_peaks(hw, json, file, err);
        if (rc == 0 && arena_failed(arena))
                rc = error_memory(err);
        return rc;
}

int hardware_parse(struct hardware *hardware, struct arena *arena,
                   const char *text, size_t length, const char *file,
                   const char *name, struct error *err)
{
        static const char *const keys[] = {"hardware", "kind",       "match",
                                           "family",   "generation", "peaks",
                                           NULL};
        cJSON *json;
        int rc;

        *hardware = (struct hardware){.cpu_family = -1,
                                      .cpu_model = -1,
                                      .threads = -1,
                                      .cores = -1,
                                      .generation_order = -1};
        if (!text_is_hardware_name(name) || text_equal(name, "all") ||
            text_equal(name, "generic"))
                return error_set(err, ERR_INPUT,
                                 "%s: \"%s\" cannot name a hardware: use at "
                                 "most %d lower-case letters, digits and "
                                 "dashes; all and generic are reserved",
                                 file, name, LIMIT_NAME_BYTES);
        hardware->name = arena_strdup(arena, name);
        if (!hardware->name)
                return error_memory(err);
        rc = jsonfile_parse(text, length, file, keys, &json, err);
        if (rc < 0)
                return rc;
        rc = parse_all(hardware, arena, json, file, err);
        cJSON_Delete(json);
        return rc;
}
