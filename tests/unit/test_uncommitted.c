/* cli/uncommitted.h: what is said of a search that could not be delivered. */
#include "repo_fixture.h"

#include "check_main.h"
#include "cli/uncommitted.h"
#include "search/campaign.h"

static struct cli_context context;
static git_repository *git;

/* A repository of softmax for this machine; nothing is committed. */
static void setup(void)
{
        struct machine machine;
        char *hardware;

        make_folder();
        machine_probe(&machine);
        hardware = machine_hardware_json(&machine, "here");
        put("kevo.json", "{\"kevo\": 1}");
        put("hardware/here.json", hardware);
        put("kernels/softmax/softmax.kernel", SOFTMAX_SPEC);
        free(hardware);
        git = NULL;
}

static void teardown(void)
{
        git_repository_free(git);
        remove_folder();
}

/* The sentence of a search now. NULL: there is to be none. */
static void sentence(const char *part)
{
        const struct kernel *kernel;
        struct subject *subject;
        struct error err = {0};
        char text[ERROR_TEXT_BYTES];

        ck_assert_msg(cli_context_open(&context,
                                       CONTEXT_REPOSITORY | CONTEXT_MACHINE,
                                       folder, &err) == 0,
                      "%s", err.text);
        ck_assert_int_eq(cli_find_kernel(&context, "softmax", &kernel, &err),
                         0);
        ck_assert_msg(cli_make_subject(&context, kernel, &subject, &err) == 0,
                      "%s", err.text);
        uncommitted_explain(&context, subject, text, sizeof text);
        if (part)
                ck_assert_msg(strstr(text, part), "no \"%s\" in \"%s\"", part,
                              text);
        else
                ck_assert_str_eq(text, "");
        subject_free(subject);
        cli_context_close(&context);
}

START_TEST(what_is_not_committed_is_named)
{
        setup();
        sentence("commit kernels/softmax/softmax.kernel first");
        git = git_make(".", 0);
        ck_assert_int_eq(git_repository_set_head(git, "refs/heads/main"), 0);
        sentence("no commit yet");
        git_commit_on_main(&git);
        sentence(NULL);
        put("kernels/softmax/generic.c", SOFTMAX_C);
        sentence("kernels/softmax/generic.c is not on main as it is here");
        git_commit_on_main(&git);
        sentence(NULL);
        put("kernels/softmax/generic.c", "#include <math.h>\n" SOFTMAX_C);
        sentence("kernels/softmax/generic.c is not on main");
        ck_assert_int_eq(remove(in_folder("kernels/softmax/generic.c")), 0);
        sentence("kernels/softmax/generic.c is not on main");
        teardown();
}
END_TEST

/* What no win rests on may wait. */
START_TEST(what_changes_no_input_is_not)
{
        setup();
        git_commit_on_main(&git);
        put("kernels/softmax/softmax.kernel", "# a comment\n" SOFTMAX_SPEC);
        put("kernels/softmax/notes.md", "x");
        put("kernels/other/other.kernel", "kernel other {}\n");
        sentence(NULL);
        put("models/m.json", "{\"kevo\": 1, \"model\": \"m\", \"calls\": ["
                             "{\"kernel\": \"softmax\", \"sizes\": "
                             "{\"M\": 3, \"N\": 5}}]}");
        put("kernels/softmax/softmax.kernel", SOFTMAX_SPEC);
        sentence("models/m.json is not on main");
        teardown();
}
END_TEST

/* What is on another branch only is not where it would be delivered. */
START_TEST(another_branch_is_not_enough)
{
        setup();
        git_commit_on_main(&git);
        ck_assert_int_eq(git_repository_set_head(git, "refs/heads/topic"), 0);
        put("kernels/softmax/generic.c", SOFTMAX_C);
        git_commit_all(git);
        sentence("kernels/softmax/generic.c is not on main");
        teardown();
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {what_is_not_committed_is_named,
                                      what_changes_no_input_is_not,
                                      another_branch_is_not_enough};

        return check_main("uncommitted", tests, 3);
}
