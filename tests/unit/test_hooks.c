/* Installing hooks: in front of what is there, and out again. */
#include "delivery_fixture.h"

#include <sys/stat.h>

#include "cli/hooks.h"

static char path[LIMIT_PATH_BYTES * 2];

static const char *hook(const char *name)
{
        snprintf(path, sizeof path, "%shooks/%s",
                 git_repository_commondir(git), name);
        return path;
}

static char *content(const char *name)
{
        char *text = NULL;

        OK(file_read(hook(name), 1 << 20, &text, NULL, ERR));
        return text;
}

static int install(void)
{
        int installed;

        OK(hooks_install(git, "/opt/it's here/kevo", "/run/kevo.sock",
                         &installed, ERR));
        return installed;
}

static int uninstall(void)
{
        int removed;

        OK(hooks_uninstall(git, &removed, ERR));
        return removed;
}

START_TEST(a_bare_repository_gets_one)
{
        struct stat info;
        char *text;

        ck_assert_int_eq(install(), 1);
        text = content("post-receive");
        ck_assert_ptr_nonnull(strstr(text, "'/opt/it'\\''s here/kevo'"));
        ck_assert_ptr_nonnull(strstr(text, "'/run/kevo.sock'"));
        ck_assert_ptr_null(strstr(text, "@KEVO@"));
        ck_assert_ptr_null(strstr(text, "@SOCKET@"));
        ck_assert_int_eq(stat(hook("post-receive"), &info), 0);
        ck_assert_int_eq(info.st_mode & 0777, 0755);
        ck_assert(!file_exists(hook("post-commit")));
        free(text);
        ck_assert_int_eq(uninstall(), 1);
        ck_assert(!file_exists(hook("post-receive")));
        ck_assert_int_eq(uninstall(), 0);
}
END_TEST

START_TEST(a_work_tree_gets_three)
{
        ck_assert_int_eq(install(), 3);
        ck_assert(file_exists(hook("post-commit")));
        ck_assert(file_exists(hook("post-merge")));
        ck_assert_int_eq(uninstall(), 3);
}
END_TEST

START_TEST(older_hooks_are_kept_and_come_back)
{
        static const char old[] = "#!/bin/sh\necho mine\n";
        struct hook_state state[HOOKS];
        char *text;

        OK(file_make_directories(hook("") /* the folder */, 0755, ERR));
        OK(file_write(hook("post-receive"), old, sizeof old - 1, 0755, ERR));
        OK(hooks_look(git, state, ERR));
        ck_assert(state[0].foreign && !state[0].ours);
        install();
        install(); /* an upgrade replaces ours and keeps theirs */
        OK(hooks_look(git, state, ERR));
        ck_assert(state[0].ours && state[0].chained);
        text = content("post-receive.before-kevo");
        ck_assert_str_eq(text, old);
        free(text);
        uninstall();
        text = content("post-receive");
        ck_assert_str_eq(text, old);
        free(text);
        ck_assert(!file_exists(hook("post-receive.before-kevo")));
        /* Another hook is not ours to remove. */
        ck_assert_int_eq(uninstall(), 0);
        ck_assert(file_exists(hook("post-receive")));
}
END_TEST

START_TEST(nothing_of_a_person_is_overwritten)
{
        struct error err = {0};
        char *text;
        int installed;

        OK(file_make_directories(hook(""), 0755, ERR));
        OK(file_write(hook("post-receive"), "one", 3, 0755, ERR));
        OK(file_write(hook("post-receive.before-kevo"), "two", 3, 0755, ERR));
        ck_assert_int_eq(hooks_install(git, "/kevo", "/s", &installed, &err),
                         ERR_DENIED);
        text = content("post-receive");
        ck_assert_str_eq(text, "one");
        free(text);
}
END_TEST

START_TEST(a_shared_folder_is_refused)
{
        git_config *config = NULL;
        struct error err = {0};
        char shared[LIMIT_PATH_BYTES + 16];
        int installed;

        snprintf(shared, sizeof shared, "%s/shared", box);
        OK(file_make_directories(shared, 0755, ERR));
        ck_assert_int_eq(git_repository_config(&config, git), 0);
        ck_assert_int_eq(
                git_config_set_string(config, "core.hooksPath", shared), 0);
        ck_assert_int_eq(hooks_install(git, "/kevo", "/s", &installed, &err),
                         ERR_DENIED);
        ck_assert_ptr_nonnull(strstr(err.text, "core.hooksPath"));
        /* Beside it is outside too. */
        snprintf(shared, sizeof shared, "%.*s-hooks",
                 (int)strlen(git_repository_commondir(git)) - 1,
                 git_repository_commondir(git));
        OK(file_make_directories(shared, 0755, ERR));
        ck_assert_int_eq(
                git_config_set_string(config, "core.hooksPath", shared), 0);
        ck_assert_int_eq(hooks_install(git, "/kevo", "/s", &installed, &err),
                         ERR_DENIED);
        /* One inside of the repository is where git looks: use it. */
        snprintf(shared, sizeof shared, "%smyhooks",
                 git_repository_commondir(git));
        OK(file_make_directories(shared, 0755, ERR));
        ck_assert_int_eq(
                git_config_set_string(config, "core.hooksPath", shared), 0);
        OK(hooks_install(git, "/kevo", "/s", &installed, ERR));
        ck_assert_int_ge(installed, 1);
        snprintf(path, sizeof path, "%s/post-receive", shared);
        ck_assert(file_exists(path));
        git_config_free(config);
}
END_TEST

int main(void)
{
        const TTest *const bare[] = {a_bare_repository_gets_one,
                                     older_hooks_are_kept_and_come_back,
                                     nothing_of_a_person_is_overwritten,
                                     a_shared_folder_is_refused};
        const TTest *const normal[] = {a_work_tree_gets_three,
                                       older_hooks_are_kept_and_come_back};
        int failed = RUN("hooks", setup_bare, bare);

        return failed | RUN("hooks with a work tree", setup_normal, normal);
}
