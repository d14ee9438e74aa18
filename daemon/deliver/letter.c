/*
 * See letter.h. Both texts were written by other parts of kevo and may be of
 * an older version: what is missing reads as nothing, and never as a failure
 * to deliver.
 */
#include "deliver/letter.h"

#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/text.h"
#include "watch/environment_probe.h"

enum { EVIDENCE_BYTES = 64 << 20, INPUTS_BYTES = 4 << 20 };

const char *letter_text(const cJSON *node, const char *key)
{
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(node, key);

        return cJSON_IsString(item) ? item->valuestring : "";
}

double letter_number(const cJSON *node, const char *key)
{
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(node, key);

        return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

bool letter_true(const cJSON *node, const char *key)
{
        return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(node, key));
}

const cJSON *letter_workloads(const struct letter *l)
{
        return cJSON_GetObjectItemCaseSensitive(l->inputs, "workloads");
}

/* A workload is measured in several stages: the last one is published. */
const cJSON *letter_measure(const struct letter *l, const char *workload,
                            const char *beside)
{
        const cJSON *measure, *found = NULL;

        cJSON_ArrayForEach(
                measure, cJSON_GetObjectItemCaseSensitive(l->run, "measures"))
        {
                const char *stage = letter_text(measure, "stage");

                if (text_equal(letter_text(measure, "workload"), workload) &&
                    (beside ? text_equal(stage, beside) : *stage == 'S'))
                        found = measure;
        }
        return found;
}

int letter_load(struct letter *l, struct store *store, struct error *err)
{
        const struct record_verdict *v = l->verdict;
        char *evidence = NULL;
        int rc;

        rc = json_parse_message(v->inputs, strlen(v->inputs), INPUTS_BYTES,
                                &l->inputs, err);
        if (rc == 0)
                rc = environment_fields(store, v->environment_hash, &l->fields,
                                        err);
        if (rc == 0 && v->run) {
                rc = record_run_json(store, v->run, false, &evidence, err);
                if (rc == 0)
                        rc = json_parse_message(evidence, strlen(evidence),
                                                EVIDENCE_BYTES, &l->run, err);
        }
        free(evidence);
        return rc;
}

void letter_dispose(struct letter *l)
{
        cJSON_Delete(l->inputs);
        cJSON_Delete(l->run);
        free(l->fields);
        l->inputs = l->run = NULL;
        l->fields = NULL;
}
