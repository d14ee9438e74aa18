/* Moves of refs become events: each once, whatever happens in between. */
#include "delivery_fixture.h"

#include <unistd.h>

#include "watch/refs.h"

static int scan(void)
{
        int recorded = -1;

        OK(refs_scan(store, git_path, &recorded, ERR));
        return recorded;
}

/* The newest event; the caller compares at once. */
static struct event *newest(void)
{
        static struct event **list;
        static int count;

        events_free(list, count);
        list = NULL;
        OK(event_list(store, 1, &list, &count, ERR));
        ck_assert_int_eq(count, 1);
        return list[0];
}

START_TEST(an_empty_repository_has_nothing)
{
        ck_assert_int_eq(scan(), 0);
}
END_TEST

START_TEST(the_first_look_has_no_before)
{
        put_basics();
        commit_main();
        ck_assert_int_eq(scan(), 1);
        ck_assert_str_eq(newest()->kind, "push");
        ck_assert_str_eq(newest()->subject, "refs/heads/main");
        ck_assert_str_eq(newest()->before, "");
        ck_assert_str_eq(newest()->after, tip("refs/heads/main"));
        ck_assert_int_eq(scan(), 0);
        restart();
        ck_assert_int_eq(scan(), 0);
}
END_TEST

START_TEST(moves_and_moves_back_are_events)
{
        char first[41], second[41];

        put_basics();
        snprintf(first, sizeof first, "%s", commit_main());
        scan();
        put("a", "1");
        snprintf(second, sizeof second, "%s", commit_main());
        for (int i = 0; i < 3; i++) {
                point_ref("refs/heads/main", second);
                ck_assert_int_eq(scan(), 1);
                ck_assert_str_eq(newest()->before, first);
                ck_assert_str_eq(newest()->after, second);
                point_ref("refs/heads/main", first);
                ck_assert_int_eq(scan(), 1);
                ck_assert_str_eq(newest()->after, first);
        }
}
END_TEST

START_TEST(a_crash_before_the_marker_repeats_nothing)
{
        char name[LIMIT_PATH_BYTES + 300], *seen = NULL;
        struct event **list = NULL;
        int count;

        put_basics();
        commit_main();
        scan();
        put("a", "1");
        commit_main();
        snprintf(name, sizeof name, "ref %s refs/heads/main", git_path);
        OK(store_get(store, name, &seen, ERR));
        ck_assert_int_eq(scan(), 1);
        /* As if the process had ended between event and marker. */
        OK(store_set(store, name, seen, ERR));
        ck_assert_int_eq(scan(), 0);
        OK(event_list(store, 0, &list, &count, ERR));
        ck_assert_int_eq(count, 2);
        ck_assert_int_eq(scan(), 0);
        events_free(list, count);
        free(seen);
}
END_TEST

START_TEST(the_policy_names_branches)
{
        struct branches branches;

        put("kevo.json",
            "{\"kevo\": 1, \"branches\": [\"release\", \"main\", \"gone\"]}");
        commit_main();
        point_ref("refs/heads/release", tip("refs/heads/main"));
        point_ref("refs/heads/other", tip("refs/heads/main"));
        OK(branches_watched(git, &branches, ERR));
        ck_assert_int_eq(branches.count, 2);
        ck_assert_str_eq(branches.branch[0].ref, "refs/heads/release");
        ck_assert_str_eq(branches.branch[1].ref, "refs/heads/main");
        ck_assert_int_eq(scan(), 2);
}
END_TEST

START_TEST(without_a_policy_the_default_branch_counts)
{
        struct branches branches;

        put("a", "1");
        commit_onto("refs/heads/trunk", "");
        OK(branches_watched(git, &branches, ERR));
        ck_assert_int_eq(branches.count, 0);
        ck_assert_int_eq(git_repository_set_head(git, "refs/heads/trunk"), 0);
        OK(branches_watched(git, &branches, ERR));
        ck_assert_int_eq(branches.count, 1);
        ck_assert_str_eq(branches.branch[0].ref, "refs/heads/trunk");
        put("kevo.json", "{ this is no JSON");
        commit_onto("refs/heads/trunk", tip("refs/heads/trunk"));
        OK(branches_watched(git, &branches, ERR));
        ck_assert_int_eq(branches.count, 1);
}
END_TEST

START_TEST(a_deleted_branch_is_an_event)
{
        char last[OID_BYTES];

        put_basics();
        commit_main();
        scan();
        snprintf(last, sizeof last, "%s", tip("refs/heads/main"));
        delete_ref("refs/heads/main");
        ck_assert_int_eq(scan(), 1);
        ck_assert_str_eq(newest()->after, "");
        ck_assert_int_eq(scan(), 0);
        /* What it was before is not forgotten. */
        OK(refs_last_seen(store, git_path, "refs/heads/main", box, ERR));
        ck_assert_str_eq(box, last);
}
END_TEST

START_TEST(our_own_branches_are_followed)
{
        put_basics();
        commit_main();
        scan();
        point_ref("refs/heads/kevo/softmax/x", tip("refs/heads/main"));
        ck_assert_int_eq(scan(), 1);
        ck_assert_str_eq(newest()->subject, "refs/heads/kevo/softmax/x");
        ck_assert_int_eq(scan(), 0);
}
END_TEST

START_TEST(a_repository_goes_away_and_comes_back)
{
        char away[LIMIT_PATH_BYTES + 64];
        struct error err = {0};
        char *folder[REFS_FOLDERS_MAX];
        int count;

        put_basics();
        commit_main();
        scan();
        snprintf(away, sizeof away, "%s.away", git_path);
        ck_assert_int_eq(rename(git_path, away), 0);
        ck_assert_int_eq(refs_scan(store, git_path, NULL, &err),
                         ERR_NOT_FOUND);
        ck_assert_ptr_nonnull(strstr(err.text, git_path));
        ck_assert_int_lt(refs_folders(git_path, folder, &count, &err), 0);
        ck_assert_int_eq(count, 0);
        ck_assert(!refs_same_repository(git_path, git_path));
        ck_assert_int_eq(rename(away, git_path), 0);
        put("a", "1");
        commit_main();
        ck_assert_int_eq(scan(), 1);
}
END_TEST

START_TEST(a_damaged_repository_is_an_error)
{
        char path[LIMIT_PATH_BYTES + 64];
        struct error err = {0};

        put_basics();
        commit_main();
        scan();
        snprintf(path, sizeof path, "%s/HEAD", git_path);
        ck_assert_int_eq(unlink(path), 0);
        ck_assert_int_lt(refs_scan(store, git_path, NULL, &err), 0);
        OK(file_write(path, "ref: refs/heads/main\n", 21, 0644, ERR));
        snprintf(path, sizeof path, "%s/refs/heads/main", git_path);
        OK(file_write(path, "no object id\n", 13, 0644, ERR));
        ck_assert_int_lt(refs_scan(store, git_path, NULL, &err), 0);
}
END_TEST

/* The default branch was renamed and HEAD was not: said, and mended. */
START_TEST(no_branch_to_watch_is_an_error)
{
        struct error err = {0};

        put_basics();
        commit_main();
        scan();
        point_ref("refs/heads/trunk", tip("refs/heads/main"));
        delete_ref("refs/heads/main");
        ck_assert_int_eq(refs_scan(store, git_path, NULL, &err),
                         ERR_NOT_FOUND);
        ck_assert_ptr_nonnull(strstr(err.text, "symbolic-ref HEAD"));
        ck_assert_ptr_nonnull(strstr(err.text, git_path));
        ck_assert_int_eq(git_repository_set_head(git, "refs/heads/trunk"), 0);
        ck_assert_int_eq(scan(), 1);
}
END_TEST

START_TEST(damaged_packed_refs_lose_nothing)
{
        char path[LIMIT_PATH_BYTES + 64];
        struct error err = {0};

        put_basics();
        commit_main();
        scan();
        snprintf(path, sizeof path, "%s/refs/heads/main", git_path);
        ck_assert_int_eq(unlink(path), 0);
        snprintf(path, sizeof path, "%s/packed-refs", git_path);
        OK(file_write(path, "garbage\n", 8, 0644, ERR));
        ck_assert_int_lt(refs_scan(store, git_path, NULL, &err), 0);
        ck_assert_ptr_nonnull(strstr(err.text, "packed-refs"));
        ck_assert_ptr_nonnull(strstr(err.text, git_path));
}
END_TEST

START_TEST(hooks_name_repositories_in_several_ways)
{
        char path[LIMIT_PATH_BYTES + 64];

        ck_assert(refs_same_repository(git_path, git_path));
        snprintf(path, sizeof path, "%s/refs", git_path);
        ck_assert(refs_same_repository(git_path, path));
        snprintf(path, sizeof path, "%s/../team.git", git_path);
        ck_assert(refs_same_repository(git_path, path));
        ck_assert(!refs_same_repository(git_path, box));
        ck_assert(!refs_same_repository(git_path, "/nonexistent"));
        snprintf(path, sizeof path, "%s2", git_path);
        OK(file_make_directories(path, 0755, ERR));
        ck_assert(!refs_same_repository(git_path, path));
}
END_TEST

START_TEST(folders_follow_branches)
{
        char *folder[REFS_FOLDERS_MAX];
        int count, before;

        OK(refs_folders(git_path, folder, &before, ERR));
        ck_assert_int_ge(before, 2);
        for (int i = 0; i < before; i++)
                free(folder[i]);
        put("a", "1");
        commit_onto("refs/heads/kevo/softmax/x", "");
        OK(refs_folders(git_path, folder, &count, ERR));
        ck_assert_int_eq(count, before + 2);
        for (int i = 0; i < count; i++)
                free(folder[i]);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {
                an_empty_repository_has_nothing,
                the_first_look_has_no_before,
                moves_and_moves_back_are_events,
                a_crash_before_the_marker_repeats_nothing,
                the_policy_names_branches,
                without_a_policy_the_default_branch_counts,
                a_deleted_branch_is_an_event,
                our_own_branches_are_followed,
                a_repository_goes_away_and_comes_back,
                a_damaged_repository_is_an_error,
                no_branch_to_watch_is_an_error,
                damaged_packed_refs_lose_nothing,
                hooks_name_repositories_in_several_ways,
                folders_follow_branches,
        };

        return RUN("refs", setup_bare, tests);
}
