/* repo/cgroup.h: the tightest limit on the way to the root counts. */
#include "repo_fixture.h"

#include "repo/cgroup.h"

static struct cgroup_limits read_limits(void)
{
        struct cgroup_limits limits;
        char proc[LIMIT_PATH_BYTES], mount[LIMIT_PATH_BYTES];

        snprintf(proc, sizeof proc, "%s", in_folder("proc"));
        snprintf(mount, sizeof mount, "%s", in_folder("m"));
        cgroup_read_limits(proc, mount, &limits);
        return limits;
}

START_TEST(test_nothing_there)
{
        struct cgroup_limits limits = read_limits();

        ck_assert(limits.cpus == 0 && limits.memory_bytes == 0);
        put("proc", "0::/a/b\n4:cpu,cpuacct:/c\nnonsense\n::\n0:");
        limits = read_limits();
        ck_assert(limits.cpus == 0 && limits.memory_bytes == 0);
}
END_TEST

START_TEST(test_version_2)
{
        struct cgroup_limits limits;

        put("proc", "0::/a/b\n");
        put("m/cpu.max", "max 100000\n");
        put("m/a/cpu.max", "150000 100000\n");
        put("m/a/b/cpu.max", "max 100000\n");
        put("m/a/memory.max", "max\n");
        put("m/a/b/memory.max", "1048576\n");
        limits = read_limits();
        ck_assert(limits.cpus == 1.5);
        ck_assert_int_eq(limits.memory_bytes, 1048576);
        put("m/a/b/cpu.max", "50000 100000\n");
        ck_assert(read_limits().cpus == 0.5);
}
END_TEST

START_TEST(test_version_1)
{
        struct cgroup_limits limits;

        put("proc", "7:memory:/x\n4:cpu,cpuacct:/x\n3:cpuset:/y\n");
        put("m/cpu,cpuacct/x/cpu.cfs_quota_us", "300000\n");
        put("m/cpu,cpuacct/x/cpu.cfs_period_us", "100000\n");
        put("m/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
        put("m/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
        put("m/memory/memory.limit_in_bytes", "9223372036854771712\n");
        put("m/memory/x/memory.limit_in_bytes", "4096\n");
        limits = read_limits();
        ck_assert(limits.cpus == 3);
        ck_assert_int_eq(limits.memory_bytes, 4096);
}
END_TEST

/* A container may show a path that its mount does not have: the mount's own
 * limits still hold. */
START_TEST(test_path_of_the_host)
{
        put("proc", "0::/docker/0123\n");
        put("m/cpu.max", "200000 100000\n");
        ck_assert(read_limits().cpus == 2);
        put("proc", "0::/../../x\n");
        ck_assert(read_limits().cpus == 0);
}
END_TEST

int main(void)
{
        TCase *tcase = make_case("cgroup");

        tcase_add_test(tcase, test_nothing_there);
        tcase_add_test(tcase, test_version_2);
        tcase_add_test(tcase, test_version_1);
        tcase_add_test(tcase, test_path_of_the_host);
        return run_case(tcase, "cgroup");
}
