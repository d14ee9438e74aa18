/*
 * See samples.h. The blob is the array as it was in memory (x86-64 and
 * AArch64 agree on it), so it reads back bit for bit; percentiles are of the
 * sorted copy, nearest rank.
 */
#include "store/samples.h"

#include <stdlib.h>
#include <string.h>

#include "store/exact.h"
#include "store/packed.h"
#include "store/query.h"

struct summary {
        double minimum, tenth, median, ninetieth, mean;
};

static int compare(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;

        return (x > y) - (x < y);
}

/* Added up in sorted order, small ones first, for what accuracy is left. */
static int summarise(const double *sample, int count, struct summary *summary,
                     struct error *err)
{
        size_t bytes = (size_t)count * sizeof *sample;
        double *sorted = malloc(bytes), sum = 0;

        if (!sorted)
                return error_memory(err);
        memcpy(sorted, sample, bytes);
        qsort(sorted, (size_t)count, sizeof *sorted, compare);
        for (int i = 0; i < count; i++)
                sum += sorted[i];
        *summary = (struct summary){
                .minimum = sorted[0],
                .tenth = sorted[(count - 1) / 10],
                .median = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2,
                .ninetieth = sorted[count - 1 - (count - 1) / 10],
                .mean = sum / count,
        };
        free(sorted);
        return 0;
}

static int insert(struct store *store, int64_t measure, const char *side,
                  const struct summary *summary, int count, const void *blob,
                  size_t bytes, struct error *err)
{
        struct query query;

        query_open(&query, store,
                   "INSERT INTO sample (measure, side, count, minimum_ns,"
                   " tenth_ns, median_ns, ninetieth_ns, mean_ns, data)"
                   " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
        query_put_int(&query, measure);
        query_put_text(&query, side);
        query_put_int(&query, count);
        query_put_double(&query, summary->minimum);
        query_put_double(&query, summary->tenth);
        query_put_double(&query, summary->median);
        query_put_double(&query, summary->ninetieth);
        query_put_double(&query, summary->mean);
        query_put_blob(&query, blob, bytes);
        return query_insert(&query, NULL, err);
}

int sample_add(struct store *store, int64_t measure, const char *side,
               const double *sample, int count, struct error *err)
{
        struct summary summary = {0};
        void *blob = NULL;
        size_t bytes = 0;
        int rc;

        if (count <= 0 || !sample)
                return 0;
        if (count > SAMPLE_COUNT)
                return error_set(err, ERR_LIMIT,
                                 "a measure has %d samples, more than %d",
                                 count, SAMPLE_COUNT);
        rc = summarise(sample, count, &summary, err);
        if (!rc)
                rc = packed_make(sample, (size_t)count * sizeof *sample, &blob,
                                 &bytes, err);
        if (!rc)
                rc = insert(store, measure, side, &summary, count, blob, bytes,
                            err);
        free(blob);
        return rc;
}

/* The samples of the current row, whose next column is the blob. */
static int unpack(struct query *query, int64_t count, cJSON *json,
                  struct error *err)
{
        const void *blob;
        size_t bytes;
        double *sample;
        int rc;

        blob = query_get_blob(query, &bytes);
        if (!bytes)
                return 0; /* expired */
        if (count < 1 || count > SAMPLE_COUNT)
                return error_set(err, ERR_IO,
                                 "a count of samples is damaged; "
                                 "run `kevo store check`");
        sample = malloc((size_t)count * sizeof *sample);
        if (!sample)
                return error_memory(err);
        rc = packed_open(blob, bytes, sample, (size_t)count * sizeof *sample,
                         err);
        if (!rc)
                rc = exact_add_array(json, "ns", sample, (int)count, err);
        free(sample);
        return rc;
}

int sample_expire(struct store *store, const char *source_hash,
                  struct error *err)
{
        struct query query;

        query_open(&query, store,
                   "UPDATE sample SET data = x'' WHERE id IN ("
                   " SELECT p.id FROM run r JOIN measure m ON m.run = r.id"
                   " JOIN sample p ON p.measure = m.id"
                   " WHERE r.source = ?1 AND p.data <> x'')");
        query_put_text(&query, source_hash);
        return query_run(&query, NULL, err);
}

int sample_add_json(struct store *store, int64_t measure, const char *side,
                    bool samples, cJSON *json, struct error *err)
{
        static const char *const names[] = {"minimum_ns", "tenth_ns",
                                            "median_ns", "ninetieth_ns",
                                            "mean_ns"};
        struct query query;
        int64_t count;
        cJSON *object;
        int rc;

        query_open(&query, store,
                   "SELECT count, minimum_ns, tenth_ns, median_ns,"
                   " ninetieth_ns, mean_ns, data FROM sample"
                   " WHERE measure = ?1 AND side = ?2");
        query_put_int(&query, measure);
        query_put_text(&query, side);
        rc = query_step(&query, err);
        if (rc > 0) {
                rc = 0;
                object = cJSON_AddObjectToObject(json, side);
                count = query_get_int(&query);
                cJSON_AddNumberToObject(object, "count", (double)count);
                for (size_t i = 0; i < sizeof names / sizeof *names && !rc;
                     i++)
                        rc = exact_add(object, names[i],
                                       query_get_double(&query), err);
                if (!rc && samples)
                        rc = unpack(&query, count, object, err);
        }
        query_close(&query);
        return rc;
}
