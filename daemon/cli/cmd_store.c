/* kevo store check | rebuild | expire: look after the database. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/options.h"
#include "core/text.h"
#include "store/records.h"

enum { DAYS_MOST = 36500 };

static int act(struct store *store, const char *action, int64_t days,
               struct error *err)
{
        int dropped = 0, rc;

        if (days < 0 || days > DAYS_MOST)
                return error_set(err, ERR_INPUT, "--days %lld: give 0 to %d",
                                 (long long)days, DAYS_MOST);
        if (text_equal(action, "check")) {
                rc = store_check(store, err);
                if (rc == 0)
                        printf("%s: sound\n", store_path(store));
                return rc;
        }
        if (text_equal(action, "rebuild")) {
                rc = store_rebuild(store, err);
                if (rc == 0)
                        printf("%s: derived tables rebuilt\n",
                               store_path(store));
                return rc;
        }
        if (text_equal(action, "expire")) {
                rc = record_expire(store, (int)days, &dropped, err);
                if (rc == 0)
                        printf("%s: %d texts of candidates never accepted "
                               "dropped\n",
                               store_path(store), dropped);
                return rc;
        }
        return error_set(err, ERR_INPUT,
                         "store %s: there are check, rebuild and expire",
                         action);
}

int cmd_store(int argc, char **argv)
{
        int64_t days = EXPIRE_DAYS;
        const struct option_entry options[] = {
                {"days", OPTION_INT, &days,
                 "expire: keep what is younger; default 30"},
                {0}};
        struct cli_context context;
        struct error err = {0};
        int n, rc;

        n = options_parse(options, argc, argv, 1, 1,
                          "kevo store check | rebuild | expire [--days N]",
                          "Check the database's integrity, rebuild what is "
                          "derived from its records, or\ndrop the texts of "
                          "old candidates that were never accepted.");
        if (n < 0)
                return n == -2 ? 0 : 2;
        rc = cli_context_open(&context, CONTEXT_STORE, NULL, &err);
        if (rc == 0)
                rc = act(context.store, argv[1], days, &err);
        cli_context_close(&context);
        return rc < 0 ? command_fail(&err) : 0;
}
