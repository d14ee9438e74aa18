/*
 * Reproduce, as far as it goes without running anything: which commits it
 * takes, what it says about others, and that another environment is named.
 * That it confirms and denies is shown by the integration tests.
 */
#include "proposal_fixture.h"

#include "deliver/reproduce.h"

static int reproduce(const char *revision, struct reproduction **r,
                     struct error *err)
{
        const struct reproduce_options options = {.worker = "false"};

        return reproduce_run(git, revision, &options, r, err);
}

/* A commit with our message, in which some text is replaced. */
static void commit_edited(const char *find, const char *replace)
{
        git_commit *ours = NULL;
        git_oid id;
        char *message, *at;
        char commit[OID_BYTES];
        struct buf text;

        ck_assert_int_eq(git_oid_fromstr(&id, tip(our_ref())), 0);
        ck_assert_int_eq(git_commit_lookup(&ours, git, &id), 0);
        message = strdup(git_commit_message(ours));
        at = strstr(message, find);
        ck_assert_ptr_nonnull(at);
        buf_init(&text, 1 << 20);
        buf_add(&text, message, (size_t)(at - message));
        buf_puts(&text, replace);
        buf_puts(&text, at + strlen(find));
        OK(branch_commit(git, tip("refs/heads/main"), our_path(), OUR_C,
                         text.data, 1, commit, ERR));
        point_ref("refs/heads/edited", commit);
        buf_dispose(&text);
        git_commit_free(ours);
        free(message);
}

START_TEST(other_commits_are_no_claims)
{
        struct reproduction *r;
        struct error err = {0};

        open_one();
        put("x", "y");
        commit_main();
        ck_assert_int_eq(reproduce("main", &r, &err), ERR_NOT_FOUND);
        ck_assert_ptr_nonnull(strstr(err.text, "main"));
        ck_assert_ptr_null(r);
        ck_assert_int_lt(reproduce("no-such-thing", &r, &err), 0);
        ck_assert_ptr_nonnull(strstr(err.text, "no-such-thing: no branch"));
        ck_assert_int_lt(reproduce("", &r, &err), 0);
}
END_TEST

START_TEST(a_branch_of_origin_is_found)
{
        char ref[256];
        struct reproduction *r = NULL;
        struct error err = {0};

        open_one();
        snprintf(ref, sizeof ref, "refs/remotes/origin/%s", our_branch());
        point_ref(ref, tip(our_ref()));
        delete_ref(our_ref());
        /* The worker is `false`: it gets as far as starting one. */
        ck_assert_int_lt(reproduce(our_branch(), &r, &err), 0);
        ck_assert_ptr_null(strstr(err.text, "revspec"));
        ck_assert_ptr_null(strstr(err.text, "Kevo"));
}
END_TEST

START_TEST(another_environment_is_named)
{
        struct reproduction *r = NULL;
        struct record_verdict *verdict = NULL;
        char ours[32], change[32];

        snprintf(ours, sizeof ours, "Kevo-Method: %d", EVALUATE_METHOD);
        snprintf(change, sizeof change, "method: 77 -> %d", EVALUATE_METHOD);
        open_one();
        OK(record_verdict_get(store, newest()->verdict, &verdict, ERR));
        commit_edited(verdict->environment_hash, "0123456789abcdef");
        OK(reproduce("edited", &r, ERR));
        ck_assert_int_eq(r->answer, REPRODUCE_ELSEWHERE);
        ck_assert_ptr_null(r->result);
        reproduction_free(r);
        record_verdict_free(verdict);
        commit_edited(ours, "Kevo-Method: 77");
        OK(reproduce("edited", &r, ERR));
        ck_assert_int_eq(r->answer, REPRODUCE_ELSEWHERE);
        ck_assert_ptr_nonnull(strstr(r->sentence, change));
        reproduction_free(r);
}
END_TEST

START_TEST(the_field_that_differs_is_named)
{
        struct reproduction *r = NULL;
        struct record_verdict *verdict = NULL;
        struct buf text;

        open_one();
        OK(record_verdict_get(store, newest()->verdict, &verdict, ERR));
        buf_init(&text, 256);
        commit_edited("\n  libc: ", "\n  libc: another ");
        point_ref(our_ref(), tip("refs/heads/edited"));
        commit_edited(verdict->environment_hash, "0123456789abcdef");
        OK(reproduce("edited", &r, ERR));
        ck_assert_int_eq(r->answer, REPRODUCE_ELSEWHERE);
        ck_assert_ptr_nonnull(strstr(r->sentence, "libc: another"));
        ck_assert_ptr_null(strstr(r->sentence, "compiler"));
        reproduction_free(r);
        record_verdict_free(verdict);
        buf_dispose(&text);
}
END_TEST

START_TEST(damaged_trailers_are_errors)
{
        static const char *const edits[][2] = {
                {"Kevo-Kernel: softmax", "Kevo-Kernel: other"},
                {"M=64 N=4096 (", "M=64 Q=4096 ("},
                {"M=64 N=4096 (", "M=64 N=-3 ("},
                {"M=64 N=4096 (", "M=64 ("},
                {"Kevo-Threads: 2", "Kevo-Threads: none"},
                {"Kevo-Against: ", "Kevo-Against: 0123"},
        };
        struct reproduction *r = NULL;
        struct error err;

        open_one();
        for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
                commit_edited(edits[i][0], edits[i][1]);
                ck_assert_msg(reproduce("edited", &r, &err) < 0, "taken: %s",
                              edits[i][1]);
                ck_assert_ptr_null(r);
        }
}
END_TEST

/* The tree of a commit at ref, with these parents. */
static void commit_again(const char *ref, git_commit *commit, size_t count,
                         git_commit *const *parents)
{
        git_signature *person = NULL;
        git_tree *tree = NULL;
        git_oid id;

        git_commit_tree(&tree, commit);
        git_signature_new(&person, "A", "a@b", 1, 0);
        ck_assert_int_eq(git_commit_create(&id, git, ref, person, person, NULL,
                                           "Again", tree, count,
                                           (const git_commit **)parents),
                         0);
        git_signature_free(person);
        git_tree_free(tree);
}

START_TEST(a_merge_is_not_the_commit)
{
        git_commit *parents[2] = {NULL, NULL};
        struct reproduction *r;
        struct error err = {0};
        git_oid id;

        open_one();
        git_oid_fromstr(&id, tip("refs/heads/main"));
        git_commit_lookup(&parents[0], git, &id);
        git_oid_fromstr(&id, tip(our_ref()));
        git_commit_lookup(&parents[1], git, &id);
        commit_again("refs/heads/main", parents[1], 2, parents);
        ck_assert_int_eq(reproduce("main", &r, &err), ERR_INPUT);
        ck_assert_ptr_nonnull(strstr(err.text, "not a merge"));
        git_commit_free(parents[0]);
        git_commit_free(parents[1]);
}
END_TEST

START_TEST(a_first_commit_is_no_claim)
{
        git_commit *commit = NULL;
        struct reproduction *r;
        struct error err = {0};
        git_oid id;

        open_one();
        git_oid_fromstr(&id, tip("refs/heads/main"));
        git_commit_lookup(&commit, git, &id);
        commit_again("refs/heads/first", commit, 0, NULL);
        ck_assert_int_eq(reproduce("first", &r, &err), ERR_INPUT);
        ck_assert_ptr_nonnull(strstr(err.text, "no commit of kevo's"));
        git_commit_free(commit);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {
                other_commits_are_no_claims,  a_branch_of_origin_is_found,
                another_environment_is_named, the_field_that_differs_is_named,
                damaged_trailers_are_errors,  a_merge_is_not_the_commit,
                a_first_commit_is_no_claim,
        };

        return RUN_PROPOSAL("reproduce", tests);
}
