/* repo/host.h: defaults, every key, and what is refused. */
#include "repo_fixture.h"

#include <sys/stat.h>

#include "core/buf.h"
#include "repo/host.h"

/* An environment of its own, so that no file of the machine is read. */
static void set_environment(void)
{
        unsetenv("KEVO_CONFIG");
        unsetenv("XDG_RUNTIME_DIR");
        setenv("HOME", in_folder("home"), 1);
        setenv("XDG_CONFIG_HOME", in_folder("config"), 1);
        setenv("XDG_STATE_HOME", in_folder("state"), 1);
        setenv("XDG_CACHE_HOME", in_folder("cache"), 1);
}

static struct host *load(void)
{
        struct error err = {0};
        struct host *host;

        ck_assert_msg(host_load(&host, &err) == 0, "%s", err.text);
        return host;
}

static void refuse(const char *text, const char *part)
{
        struct error err = {0};
        struct host *host;

        put("config/kevo/kevo.json", text);
        ck_assert_msg(host_load(&host, &err) < 0, "accepted: %s", text);
        ck_assert_ptr_null(host);
        ck_error_has(err, "config/kevo/kevo.json");
        ck_error_has(err, part);
}

START_TEST(test_defaults)
{
        struct host *host;

        if (file_exists("/etc/kevo/kevo.json"))
                return;
        host = load();
        ck_assert_str_eq(host->file, "");
        ck_assert_str_eq(host->store, in_folder("state/kevo/kevo.db"));
        ck_assert_str_eq(host->cache, in_folder("cache/kevo"));
        ck_assert_str_eq(host->socket, in_folder("state/kevo/kevo.sock"));
        ck_assert_int_eq(host->free_bytes, 1 << 30);
        ck_assert_int_eq(host->search_seconds, 120);
        ck_assert_int_eq(host->poll_seconds, 60);
        ck_assert_str_eq(host->python, "");
        ck_assert_int_eq(host->baseline_seconds, 240);
        ck_assert_int_eq(host->repository_count, 0);
        host_free(host);
        setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
        host = load();
        ck_assert_str_eq(host->socket, "/run/user/7/kevo.sock");
        host_free(host);
}
END_TEST

START_TEST(test_every_key)
{
        struct host *host;

        put("config/kevo/kevo.json",
            "{\"kevo\": 1, \"// why\": \"comment\", \"store\": \"/s/db\","
            " \"cache\": \"~/c\", \"socket\": \"/s/sock\", \"free_bytes\": 5,"
            " \"search_seconds\": 6, \"poll_seconds\": 7,"
            " \"baselines\": {\"python\": \"~/v/python3\", \"seconds\": 0},"
            " \"repositories\": [{\"path\": \"/r/one/\"}, {\"path\": "
            "\"~/two//\","
            " \"device_seconds_per_day\": 600}]}");
        host = load();
        ck_assert_str_eq(host->file, in_folder("config/kevo/kevo.json"));
        ck_assert_str_eq(host->store, "/s/db");
        ck_assert_str_eq(host->cache, in_folder("home/c"));
        ck_assert_str_eq(host->socket, "/s/sock");
        ck_assert_int_eq(host->free_bytes, 5);
        ck_assert_int_eq(host->search_seconds, 6);
        ck_assert_int_eq(host->poll_seconds, 7);
        ck_assert_str_eq(host->python, in_folder("home/v/python3"));
        ck_assert_int_eq(host->baseline_seconds, 0);
        ck_assert_int_eq(host->repository_count, 2);
        ck_assert_str_eq(host->repository[0].path, "/r/one");
        ck_assert_str_eq(host->repository[1].path, in_folder("home/two"));
        ck_assert_int_eq(host->repository[0].device_seconds_per_day, 0);
        ck_assert_int_eq(host->repository[1].device_seconds_per_day, 600);
        host_free(host);
}
END_TEST

START_TEST(test_named_file)
{
        struct error err = {0};
        struct host *host;

        put("config/kevo/kevo.json", "{\"kevo\": 1, \"poll_seconds\": 1}");
        put("named.json", "{\"kevo\": 1, \"poll_seconds\": 9}");
        setenv("KEVO_CONFIG", in_folder("named.json"), 1);
        host = load();
        ck_assert_int_eq(host->poll_seconds, 9);
        host_free(host);
        setenv("KEVO_CONFIG", in_folder("missing.json"), 1);
        ck_assert_int_eq(host_load(&host, &err), ERR_NOT_FOUND);
        ck_error_has(err, "missing.json");
        ck_error_has(err, "KEVO_CONFIG");
}
END_TEST

START_TEST(test_refusals)
{
        static const struct {
                const char *body, *part;
        } cases[] = {
                {"\"stor\": \"/x\"", "did you mean \"store\"?"},
                {"\"token_file\": \"/x\"", "unknown key"},
                {"\"store\": \"relative\"", "begins with /"},
                {"\"store\": 7", "\"store\""},
                {"\"poll_seconds\": 0", "\"poll_seconds\""},
                {"\"search_seconds\": 604801", "\"search_seconds\""},
                {"\"second_seconds\": 604801", "\"second_seconds\""},
                {"\"poll_seconds\": 1.5", "\"poll_seconds\""},
                {"\"free_bytes\": -1", "\"free_bytes\""},
                {"\"baselines\": {\"pyton\": \"/x\"}",
                 "did you mean \"python\"?"},
                {"\"baselines\": {\"python\": \"python3\"}", "begins with /"},
                {"\"baselines\": {\"seconds\": 601}", "baselines"},
                {"\"repositories\": {}", "list"},
                {"\"repositories\": [{}]", "repositories[0]"},
                {"\"repositories\": [{\"path\": \"x\"}]", "begins with /"},
                {"\"repositories\": [{\"path\": \"/x\"}, {\"path\": \"/x/\"}]",
                 "listed above"},
                {"\"repositories\": [7]",
                 "repositories[0]: must be an object such as {\"path\": \"/"},
                {"\"repositories\": [\"/x\"]", "{\"path\": \"/"},
        };

        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                char text[512];

                snprintf(text, sizeof text, "{\"kevo\": 1, %s}",
                         cases[i].body);
                refuse(text, cases[i].part);
        }
        refuse("{\"kevo\": 2}", "update kevo");
        refuse("{}", "\"kevo\" is missing");
        refuse("{\"kevo\": 1", "not valid JSON");
        refuse("[]", "object");
        refuse("", "not valid JSON");
}
END_TEST

START_TEST(test_too_many_repositories)
{
        struct buf text;

        buf_init(&text, 1 << 20);
        buf_puts(&text, "{\"kevo\": 1, \"repositories\": [");
        for (int i = 0; i <= HOST_REPOSITORIES; i++)
                buf_printf(&text, "%s{\"path\": \"/r/%d\"}", i ? "," : "", i);
        buf_puts(&text, "]}");
        refuse(text.data, "more than 1024");
        buf_dispose(&text);
}
END_TEST

START_TEST(test_writable_by_all)
{
        struct error err = {0};
        struct host *host;

        put("config/kevo/kevo.json", "{\"kevo\": 1}");
        ck_assert_int_eq(chmod(in_folder("config/kevo/kevo.json"), 0666), 0);
        ck_assert_int_eq(host_load(&host, &err), ERR_DENIED);
        ck_error_has(err, "chmod");
}
END_TEST

int main(void)
{
        TCase *tcase = make_case("host");

        tcase_add_checked_fixture(tcase, set_environment, NULL);
        tcase_add_test(tcase, test_defaults);
        tcase_add_test(tcase, test_every_key);
        tcase_add_test(tcase, test_named_file);
        tcase_add_test(tcase, test_refusals);
        tcase_add_test(tcase, test_too_many_repositories);
        tcase_add_test(tcase, test_writable_by_all);
        return run_case(tcase, "host");
}
