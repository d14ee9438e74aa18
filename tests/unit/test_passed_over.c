/* cli/passed_over.h: what is said of a search beside a wrong source. */
#include "repo_fixture.h"

#include "check_main.h"
#include "cli/passed_over.h"
#include "cli/uncommitted.h"
#include "search/campaign.h"
#include "store/records.h"

static struct store *store;
static char store_folder[LIMIT_PATH_BYTES];
static git_repository *git;

/* A committed repository of softmax for this machine, without a source. */
static void setup(void)
{
        struct error err = {0};
        struct machine machine;
        char path[LIMIT_PATH_BYTES * 2], *hardware;

        make_folder();
        machine_probe(&machine);
        hardware = machine_hardware_json(&machine, "here");
        put("kevo.json", "{\"kevo\": 1}");
        put("hardware/here.json", hardware);
        put("kernels/softmax/softmax.kernel", SOFTMAX_SPEC);
        free(hardware);
        git_commit_on_main(&git);
        ck_assert_int_eq(file_make_temporary(store_folder, &err), 0);
        snprintf(path, sizeof path, "%s/kevo.db", store_folder);
        ck_assert_msg(store_open(&store, path, &err) == 0, "%s", err.text);
}

static void teardown(void)
{
        store_close(store);
        file_remove_tree(store_folder);
        git_repository_free(git);
        git = NULL;
        remove_folder();
}

struct scene {
        struct cli_context context;
        const struct kernel *kernel;
        struct subject *subject;
};

static void look(struct scene *s)
{
        struct error err = {0};

        ck_assert_msg(cli_context_open(&s->context,
                                       CONTEXT_REPOSITORY | CONTEXT_MACHINE,
                                       folder, &err) == 0,
                      "%s", err.text);
        s->context.store = store;
        ck_assert_int_eq(
                cli_find_kernel(&s->context, "softmax", &s->kernel, &err), 0);
        ck_assert_msg(cli_make_subject(&s->context, s->kernel, &s->subject,
                                       &err) == 0,
                      "%s", err.text);
}

static void look_away(struct scene *s)
{
        subject_free(s->subject);
        s->context.store = NULL;
        cli_context_close(&s->context);
}

/* A verification of the text that failed. */
static void find_wrong(const char *text)
{
        struct evaluate_check check = {
                .name = "oracle", .stage = "S1", .detail = "", .hidden = ""};
        struct evaluate_result result = {.environment = "{}",
                                         .environment_hash = "e0",
                                         .grade = 'A',
                                         .threads = 1,
                                         .check_count = 1,
                                         .check = &check,
                                         .reason = "oracle",
                                         .identity = "i",
                                         .seeds = "[]"};
        struct error err = {0};
        struct scene s;

        look(&s);
        ck_assert_msg(campaign_record(store, s.subject, 0, "c", text, NULL,
                                      &result, NULL, NULL, &err) == 0,
                      "%s", err.text);
        look_away(&s);
}

static void said(void (*explain)(const struct cli_context *,
                                 const struct subject *, char *, size_t),
                 const char *part)
{
        char text[ERROR_TEXT_BYTES];
        struct scene s;

        look(&s);
        explain(&s.context, s.subject, text, sizeof text);
        if (part)
                ck_assert_msg(strstr(text, part), "no \"%s\" in \"%s\"", part,
                              text);
        else
                ck_assert_str_eq(text, "");
        look_away(&s);
}

/* Which file, what shows it, and what takes its place. */
START_TEST(a_wrong_source_is_named)
{
        setup();
        said(passed_over_explain, NULL);
        put("kernels/softmax/generic.c", SOFTMAX_C);
        said(passed_over_explain, NULL);
        find_wrong(SOFTMAX_C);
        said(passed_over_explain, "kernels/softmax/generic.c is wrong");
        said(passed_over_explain,
             "`kevo verify softmax kernels/softmax/generic.c`");
        said(passed_over_explain, "compared with generated code");
        put("kernels/softmax/here.c", SOFTMAX_C "// of this machine\n");
        said(passed_over_explain, NULL); /* nobody would come to it */
        find_wrong(SOFTMAX_C "// of this machine\n");
        said(passed_over_explain, "kernels/softmax/here.c is wrong");
        put("kernels/softmax/generic.c", SOFTMAX_C "// mended\n");
        said(passed_over_explain, "compared with kernels/softmax/generic.c");
        teardown();
}
END_TEST

/* To commit a wrong source helps nobody. */
START_TEST(a_wrong_source_is_not_to_be_committed)
{
        setup();
        put("kernels/softmax/generic.c", SOFTMAX_C);
        said(uncommitted_explain, "kernels/softmax/generic.c is not on main");
        find_wrong(SOFTMAX_C);
        said(uncommitted_explain, NULL);
        put("models/m.json", "{\"kevo\": 1, \"model\": \"m\", \"calls\": ["
                             "{\"kernel\": \"softmax\", \"sizes\": "
                             "{\"M\": 3, \"N\": 5}}]}");
        said(uncommitted_explain, "models/m.json is not on main");
        remove(in_folder("models/m.json"));
        put("kernels/softmax/generic.c", SOFTMAX_C "// good\n");
        git_commit_on_main(&git);
        put("kernels/softmax/generic.c", SOFTMAX_C);
        said(uncommitted_explain, "wrong here: mend it first");
        teardown();
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {a_wrong_source_is_named,
                                      a_wrong_source_is_not_to_be_committed};

        return check_main("passed_over", tests, 2);
}
