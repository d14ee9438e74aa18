/* kevo: find the command in the table and run it. */
#include <signal.h>
#include <stdio.h>

#include "cli/commands.h"
#include "core/text.h"

static int unknown(const char *name)
{
        const char *names[64], *near;
        int n = 0;

        for (const struct command *c = command_table; c->name && n < 63; c++)
                names[n++] = c->name;
        names[n] = NULL;
        near = text_suggest(name, names);
        fprintf(stderr, "kevo: no command \"%s\"%s%s%s; see `kevo help`\n",
                name, near ? "; did you mean \"" : "", near ? near : "",
                near ? "\"?" : "");
        return 2;
}

int main(int argc, char **argv)
{
        signal(SIGPIPE, SIG_IGN);
        /* Whoever reads along sees a line when it is written. */
        setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
        if (argc < 2) {
                cmd_help(argc, argv);
                return 2;
        }
        if (text_equal(argv[1], "--help") || text_equal(argv[1], "-h"))
                return cmd_help(argc, argv);
        if (text_equal(argv[1], "--version"))
                return cmd_version(argc - 1, argv + 1);
        for (const struct command *c = command_table; c->name; c++) {
                if (text_equal(argv[1], c->name))
                        return c->run(argc - 1, argv + 1);
        }
        return unknown(argv[1]);
}
