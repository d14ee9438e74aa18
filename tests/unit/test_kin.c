/*
 * Kin: specs that are built alike are found to be, and what earlier
 * campaigns found reaches a new one: first those on the same spec, then
 * those on similar ones, never those on strangers.
 */
#include "store_fixture.h"

#include "backends/backend.h"
#include "core/text.h"
#include "search/kin.h"

static const char softmax[] = "kernel softmax {\n"
                              "    size M, N in 1..=65536\n"
                              "    in   x: f32[M, N]\n"
                              "    out  y: f32[M, N]\n"
                              "    m[i]    = max[j] x[i, j]\n"
                              "    s[i]    = sum[j] exp(x[i, j] - m[i])\n"
                              "    y[i, j] = exp(x[i, j] - m[i]) / s[i]\n"
                              "    workload w M=64 N=64\n"
                              "}\n";

static const char log_softmax[] = "kernel log_softmax {\n"
                                  "    size M, N in 1..=65536\n"
                                  "    in   x: f32[M, N]\n"
                                  "    out  y: f32[M, N]\n"
                                  "    m[i]    = max[j] x[i, j]\n"
                                  "    s[i]    = sum[j] exp(x[i, j] - m[i])\n"
                                  "    y[i, j] = x[i, j] - m[i] - log(s[i])\n"
                                  "    workload w M=64 N=64\n"
                                  "}\n";

static const char matmul[] = "kernel matmul {\n"
                             "    size M, N, K in 1..=65536\n"
                             "    in   a: f32[M, K], b: f32[K, N]\n"
                             "    out  c: f32[M, N]\n"
                             "    c[i, j] = sum[k] a[i, k] * b[k, j]\n"
                             "    workload w M=64 N=64 K=64\n"
                             "}\n";

static struct spec *parse(const char *text)
{
        struct spec *spec;

        OK(spec_parse(text, strlen(text), "t.kernel", &spec, ERR));
        OK(record_spec(fixture_store, spec->hash, spec->name, text, ERR));
        return spec;
}

/* A campaign with one node for each schedule, fitness falling. */
static int64_t campaign(const struct spec *spec, const char *hardware,
                        const char *workload, const char *const *schedule)
{
        static int serial;
        struct campaign *made = NULL, wanted;
        char key[32], workloads[64];
        int64_t id;
        bool resumed;

        snprintf(key, sizeof key, "key %d", ++serial);
        snprintf(workloads, sizeof workloads, "[{\"text\":\"%s\"}]", workload);
        wanted = (struct campaign){.key = key,
                                   .repository = "r",
                                   .commit = "",
                                   .kernel = (char *)spec->name,
                                   .hardware = (char *)hardware,
                                   .spec_hash = (char *)spec->hash,
                                   .environment_hash = "e",
                                   .workloads = workloads,
                                   .policy = "auto"};
        OK(campaign_begin(fixture_store, &wanted, &made, &resumed, ERR));
        id = made->id;
        campaign_free(made);
        for (int i = 0; schedule[i]; i++) {
                char source[64];
                struct node node = {.campaign = id,
                                    .phase = "draft",
                                    .origin = "schedule",
                                    .move = "",
                                    .language = "c",
                                    .source_hash = source,
                                    .schedule = (char *)schedule[i]};
                int64_t at;
                bool added;

                snprintf(source, sizeof source, "%s %d", key, i);
                fixture_source(source);
                OK(node_add(fixture_store, &node, &at, &added, ERR));
                OK(node_update(fixture_store, at, "evaluated", "S2",
                               2.0 / (i + 1), "", ERR));
        }
        return id;
}

struct bed {
        struct kernel kernel;
        struct hardware hardware;
        struct subject_workload workload;
        struct subject subject;
};

static void make_subject(struct bed *bed, struct spec *spec)
{
        *bed = (struct bed){0};
        bed->kernel.name = (char *)spec->name;
        bed->kernel.spec = spec;
        bed->hardware.name = (char *)"zen";
        bed->workload.text = (char *)"M=64 N=64";
        bed->subject.kernel = &bed->kernel;
        bed->subject.hardware = &bed->hardware;
        bed->subject.backend = backend_find("c");
        bed->subject.workload = &bed->workload;
        bed->subject.workload_count = 1;
}

static bool has_seed(const struct kin *kin, const char *schedule)
{
        for (int i = 0; i < kin->seed_count; i++) {
                if (text_equal(kin->seed[i], schedule))
                        return true;
        }
        return false;
}

START_TEST(likeness_is_what_anybody_would_say)
{
        struct target target = {.language = "c", .vector_bytes = 32};
        struct spec *a, *b, *c;

        fixture_setup();
        a = parse(softmax);
        b = parse(log_softmax);
        c = parse(matmul);
        ck_assert(kin_likeness(a, a, &target) == 1);
        ck_assert(kin_likeness(a, b, &target) == kin_likeness(b, a, &target));
        ck_assert(kin_likeness(a, b, &target) >= KIN_LEAST);
        ck_assert(kin_likeness(a, c, &target) < KIN_LEAST);
        ck_assert(kin_likeness(a, c, &target) > 0);
        spec_free(a);
        spec_free(b);
        spec_free(c);
        fixture_teardown();
}
END_TEST

START_TEST(the_nearest_campaigns_teach)
{
        static const char *const own[] = {"row v=1", "row v=2", NULL};
        static const char *const other_cpu[] = {"row v=3", "row v=4", NULL};
        static const char *const similar[] = {"row v=5", NULL};
        static const char *const stranger[] = {"contraction v=6", NULL};
        struct spec *a, *b, *c;
        struct kin kin;
        struct bed bed;
        int64_t mine;

        fixture_setup();
        a = parse(softmax);
        b = parse(log_softmax);
        c = parse(matmul);
        make_subject(&bed, a);
        OK(kin_load(&kin, fixture_store, &bed.subject, 0, false, ERR));
        ck_assert_int_eq(kin.seed_count, 0);
        ck_assert_int_eq(kin.history_count, 0);
        kin_dispose(&kin);
        campaign(c, "zen", "M=64 N=64", stranger);
        campaign(b, "zen", "M=64 N=64", similar);
        campaign(a, "skylake", "M=64 N=64", other_cpu);
        campaign(a, "zen", "M=64 N=64", own);
        mine = campaign(a, "zen", "M=64 N=64",
                        (const char *const[]){"row v=7", NULL});
        OK(kin_load(&kin, fixture_store, &bed.subject, mine, false, ERR));
        ck_assert(kin.likeness == 1);
        ck_assert_int_eq(kin.seed_count, KIN_SEEDS);
        ck_assert_str_eq(kin.seed[0], "row v=1");
        ck_assert(has_seed(&kin, "row v=3") && has_seed(&kin, "row v=5"));
        ck_assert(!has_seed(&kin, "row v=7"));
        ck_assert_int_eq(kin.history_count, 5);
        ck_assert(kin.history[0].weight > kin.history[4].weight);
        kin_dispose(&kin);
        /* Without the results on the very same subject. */
        OK(kin_load(&kin, fixture_store, &bed.subject, mine, true, ERR));
        ck_assert(kin.likeness < 1 && kin.likeness >= KIN_LEAST);
        ck_assert(!has_seed(&kin, "row v=1"));
        ck_assert_int_eq(kin.history_count, 3);
        kin_dispose(&kin);
        spec_free(a);
        spec_free(b);
        spec_free(c);
        fixture_teardown();
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {likeness_is_what_anybody_would_say,
                                      the_nearest_campaigns_teach};

        return check_main("kin", tests, 2);
}
