/*
 * See elsewhere.h. The hash in the trailer decides; the lines of the message
 * only say what it is that differs.
 */
#include "deliver/elsewhere.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/text.h"
#include "evaluate/evaluate.h"
#include "lower/lower.h"
#include "repo/machine.h"
#include "search/subject.h"
#include "watch/environment_probe.h"

char *elsewhere_fields(const char *message)
{
        static const char heading[] = "\nEnvironment:\n";
        const char *line = strstr(message, heading);
        cJSON *json, *value;
        char key[64], *text;

        if (!line)
                return NULL;
        json = cJSON_CreateObject();
        line += sizeof heading - 1;
        while (text_starts(line, "  ")) {
                size_t length = strcspn(line, "\n");
                const char *colon = memchr(line, ':', length);
                char *rest;

                if (!colon || colon - line - 2 >= (long)sizeof key)
                        break;
                snprintf(key, sizeof key, "%.*s", (int)(colon - line - 2),
                         line + 2);
                rest = strndup(colon + 1 + (colon[1] == ' '),
                               length - (size_t)(colon + 1 - line) -
                                       (colon[1] == ' '));
                value = rest ? cJSON_ParseWithOpts(rest, NULL, 1) : NULL;
                if (!value || !cJSON_IsNumber(value)) {
                        cJSON_Delete(value);
                        value = cJSON_CreateString(rest ? rest : "");
                }
                cJSON_AddItemToObject(json, key, value);
                free(rest);
                line += length + (line[length] == '\n');
        }
        text = json_print(json);
        cJSON_Delete(json);
        return text;
}

/* What differs from where it was measured: "" when nothing does. */
int elsewhere_differences(const struct trailers *t, const char *message,
                          struct buf *text, struct error *err)
{
        char hash[HASH_TEXT_BYTES], generated[32], *here = NULL, *there;
        struct machine machine;
        int rc;

        machine_probe(&machine);
        rc = subject_environment(&machine, "cpu", hash, &here, err);
        if (rc < 0)
                return rc;
        if (t->method != EVALUATE_METHOD)
                buf_printf(text, "method: %d -> %d; ", t->method,
                           EVALUATE_METHOD);
        snprintf(generated, sizeof generated, "generated@%d", LOWER_VERSION);
        for (int i = 0; i < t->workload_count; i++) {
                if (text_starts(t->workload[i].against, "generated@") &&
                    !text_equal(t->workload[i].against, generated)) {
                        buf_printf(text, "lowering: %s -> %s; ",
                                   t->workload[i].against, generated);
                        break;
                }
        }
        if (!text_equal(hash, t->environment)) {
                there = elsewhere_fields(message);
                if (environment_difference(there ? there : "{}", here, text) ==
                    0)
                        buf_puts(text, "the recorded fields agree, their "
                                       "hash does not");
                free(there);
        }
        free(here);
        return 0;
}
