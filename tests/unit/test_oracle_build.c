/* The cache of compiled oracles: shared, and whole again after damage. */
#include <sys/wait.h>
#include <unistd.h>

#include "check_main.h"
#include "oracle_fixture.h"

static int objects_in(const char *folder)
{
        char command[LIMIT_PATH_BYTES + 64], text[32] = "";
        FILE *pipe;

        snprintf(command, sizeof command, "ls %s | wc -l", folder);
        pipe = popen(command, "r");
        ck_assert_ptr_nonnull(pipe);
        ck_assert_ptr_nonnull(fgets(text, sizeof text, pipe));
        pclose(pipe);
        return atoi(text);
}

START_TEST(cache_is_shared_and_heals)
{
        char folder[LIMIT_PATH_BYTES], command[LIMIT_PATH_BYTES + 128];
        struct spec *spec = spec_must_parse(spec_examples[4]);
        struct error err = {0};
        struct oracle *oracle;
        int status;
        pid_t pid[4];

        ck_assert(file_make_temporary(folder, &err) == 0);
        /* Several processes at once: one object, every one works. */
        for (int i = 0; i < 4; i++) {
                pid[i] = fork();
                if (pid[i] == 0) {
                        status = oracle_open(&oracle, spec, folder, &err);
                        if (status == 0)
                                oracle_close(oracle);
                        _exit(status ? 1 : 0);
                }
        }
        for (int i = 0; i < 4; i++) {
                ck_assert_int_eq(waitpid(pid[i], &status, 0), pid[i]);
                ck_assert_int_eq(status, 0);
        }
        ck_assert_int_eq(objects_in(folder), 1);
        /* A damaged object is built anew. */
        snprintf(command, sizeof command,
                 "for f in %s/oracle-*; do echo damaged > $f; done", folder);
        ck_assert_int_eq(system(command), 0);
        ck_assert_msg(oracle_open(&oracle, spec, folder, &err) == 0, "%s",
                      err.text);
        oracle_close(oracle);
        ck_assert_int_eq(objects_in(folder), 1);
        file_remove_tree(folder);
        spec_free(spec);
}
END_TEST

START_TEST(an_unusable_cache_is_an_error)
{
        struct spec *spec = spec_must_parse(spec_examples[4]);
        struct error err = {0};
        struct oracle *oracle;

        ck_assert_int_ne(oracle_open(&oracle, spec, "/dev/null/x", &err), 0);
        ck_assert_ptr_null(oracle);
        ck_assert_msg(strstr(err.text, "/dev/null") != NULL, "%s", err.text);
        spec_free(spec);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {cache_is_shared_and_heals,
                                      an_unusable_cache_is_an_error};

        if (oracle_fixture_begin() < 0)
                return EXIT_FAILURE;
        return oracle_fixture_end(check_main("oracle_build", tests, 2));
}
