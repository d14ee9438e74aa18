/* What a push changed, in the words of the repository contract. */
#include "delivery_fixture.h"

#include "plan/change.h"

static struct changes changes;

static void diff(const char *before, const char *after)
{
        changes_dispose(&changes);
        OK(changes_between(&changes, git, before, after, ERR));
}

static const struct change *find(const char *path)
{
        for (int i = 0; i < changes.count; i++) {
                if (text_equal(changes.change[i].path, path))
                        return &changes.change[i];
        }
        return NULL;
}

START_TEST(every_kind_is_known)
{
        static const struct {
                const char *path;
                enum change_kind kind;
                const char *name;
        } rows[] = {
                {"kevo.json", CHANGE_POLICY, ""},
                {"models/dlrm-rm2.json", CHANGE_MODEL, "dlrm-rm2"},
                {"hardware/amd-epyc.json", CHANGE_HARDWARE, "amd-epyc"},
                {"kernels/softmax/softmax.kernel", CHANGE_SPEC, "softmax"},
                {"kernels/softmax/generic.c", CHANGE_VARIANT, "softmax"},
                {"kernels/softmax/x.triton.py", CHANGE_VARIANT, "softmax"},
                {"kernels/softmax/old.bind.json", CHANGE_VARIANT, "softmax"},
                {"kernels/softmax/rows.h", CHANGE_OTHER, "softmax"},
                {"kernels/softmax/deep/x.c", CHANGE_OTHER, "softmax"},
                {"kernels/softmax/other.kernel", CHANGE_OTHER, "softmax"},
                {"knowledge/index.md", CHANGE_KNOWLEDGE, ""},
        };
        size_t count = sizeof rows / sizeof *rows;

        for (size_t i = 0; i < count; i++)
                put(rows[i].path, "x");
        put("README.md", "x");
        put("models/deep/x.json", "x");
        put("models/notes.txt", "x");
        put("kernels/stray.c", "x");
        commit_main();
        diff("", tip("refs/heads/main"));
        ck_assert_int_eq(changes.count, (int)count);
        for (size_t i = 0; i < count; i++) {
                const struct change *c = find(rows[i].path);

                ck_assert_ptr_nonnull(c);
                ck_assert_int_eq(c->kind, rows[i].kind);
                ck_assert_str_eq(c->name, rows[i].name);
                ck_assert_int_eq(c->how, CHANGE_ADDED);
                ck_assert_str_eq(c->before, "");
                ck_assert_uint_eq(strlen(c->after), 40);
        }
        changes_dispose(&changes);
}
END_TEST

START_TEST(only_what_differs_is_listed)
{
        char first[41], second[41];

        put_softmax();
        put("kernels/scale/scale.kernel", SCALE_SPEC);
        put("README.md", "one");
        snprintf(first, sizeof first, "%s", commit_main());
        put("kernels/softmax/generic.c", "other");
        put("kernels/scale/scale.kernel", NULL);
        put("README.md", "two");
        snprintf(second, sizeof second, "%s", commit_main());
        diff(first, second);
        ck_assert_int_eq(changes.count, 2);
        ck_assert_int_eq(find("kernels/softmax/generic.c")->how,
                         CHANGE_EDITED);
        ck_assert_int_eq(find("kernels/scale/scale.kernel")->how,
                         CHANGE_REMOVED);
        ck_assert_str_eq(find("kernels/scale/scale.kernel")->after, "");
        /* The other way round: what was removed is new. */
        diff(second, first);
        ck_assert_int_eq(changes.count, 2);
        ck_assert_int_eq(find("kernels/scale/scale.kernel")->how,
                         CHANGE_ADDED);
        diff(first, first);
        ck_assert_int_eq(changes.count, 0);
        changes_dispose(&changes);
}
END_TEST

START_TEST(a_lost_before_makes_everything_new)
{
        put_softmax();
        commit_main();
        diff("0123456789012345678901234567890123456789",
             tip("refs/heads/main"));
        ck_assert_int_eq(changes.count, 2);
        changes_dispose(&changes);
}
END_TEST

START_TEST(a_lost_after_is_an_error)
{
        struct error err = {0};

        put_softmax();
        commit_main();
        ck_assert_int_lt(
                changes_between(&changes, git, "",
                                "0123456789012345678901234567890123456789",
                                &err),
                0);
        changes_dispose(&changes);
        ck_assert_int_lt(changes_between(&changes, git, "", "no id", &err), 0);
        changes_dispose(&changes);
}
END_TEST

START_TEST(long_names_do_no_harm)
{
        char path[256];

        memset(path, 0, sizeof path);
        memcpy(path, "kernels/", 8);
        memset(path + 8, 'k', 200);
        memcpy(path + 208, "/generic.c", 11);
        put(path, "x");
        memcpy(path, "models//", 7);
        memset(path + 7, 'm', 200);
        memcpy(path + 207, ".json", 6);
        put(path, "x");
        put("kernels/a/a.kernel", "x");
        commit_main();
        diff("", tip("refs/heads/main"));
        ck_assert_int_eq(changes.count, 1);
        changes_dispose(&changes);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {
                every_kind_is_known, only_what_differs_is_listed,
                a_lost_before_makes_everything_new, a_lost_after_is_an_error,
                long_names_do_no_harm};

        return RUN("change", setup_bare, tests);
}
