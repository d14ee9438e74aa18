/* See device_match.h. */
#include "repo/device_match.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "core/json.h"
#include "core/text.h"

static bool text_fits(const char *wanted, const char *actual)
{
        return !wanted || text_equal(wanted, actual);
}

bool device_matches(const struct device_identity *device,
                    const struct hardware *hardware)
{
        return text_equal(hardware->kind, device->kind) &&
               text_fits(hardware->vendor, device->vendor) &&
               text_fits(hardware->arch, device->arch) &&
               (!hardware->model_name ||
                fnmatch(hardware->model_name, device->name, 0) == 0) &&
               (hardware->cores < 0 || hardware->cores == device->cores);
}

int device_find_hardware(const struct device_identity *device,
                         const struct repository *repository,
                         const struct hardware **hardware, struct error *err)
{
        *hardware = NULL;
        for (int i = 0; i < repository->hardware_count; i++) {
                const struct hardware *candidate = &repository->hardware[i];

                if (!device_matches(device, candidate))
                        continue;
                if (*hardware) {
                        error_set(err, ERR_INPUT,
                                  "hardware/%s.json and hardware/%s.json both "
                                  "match %s; make one of them stricter "
                                  "(vendor, name, cores) or remove it",
                                  (*hardware)->name, candidate->name,
                                  device->name);
                        *hardware = NULL;
                        return ERR_INPUT;
                }
                *hardware = candidate;
        }
        if (*hardware)
                return 0;
        return error_set(err, ERR_NOT_FOUND,
                         "no hardware file of this repository matches the %s "
                         "device %s; `kevo hardware add --kind %s` writes one",
                         device->kind, device->name, device->kind);
}

void device_hardware_name(const struct device_identity *device, char *name)
{
        char *out = name, *end = name + LIMIT_NAME_BYTES;
        const char *parts[] = {device->kind, "-", device->name, NULL};

        for (int i = 0; parts[i]; i++) {
                for (const char *p = parts[i]; *p && out < end; p++) {
                        char c = (char)tolower((unsigned char)*p);

                        if (!isalnum((unsigned char)c))
                                c = '-';
                        if (c == '-' && (out == name || out[-1] == '-'))
                                continue;
                        *out++ = c;
                }
        }
        while (out > name && out[-1] == '-')
                out--;
        *out = 0;
}

char *device_hardware_json(const struct device_identity *device,
                           const char *name)
{
        cJSON *json = cJSON_CreateObject();
        cJSON *match;
        char *text;

        cJSON_AddNumberToObject(json, "kevo", 1);
        cJSON_AddStringToObject(json, "hardware", name);
        cJSON_AddStringToObject(json, "kind", device->kind);
        match = cJSON_AddObjectToObject(json, "match");
        cJSON_AddStringToObject(match, "vendor", device->vendor);
        cJSON_AddStringToObject(match, "name", device->name);
        if (*device->arch)
                cJSON_AddStringToObject(match, "arch", device->arch);
        cJSON_AddNumberToObject(match, "cores", (double)device->cores);
        text = json_print(json);
        cJSON_Delete(json);
        return text;
}
