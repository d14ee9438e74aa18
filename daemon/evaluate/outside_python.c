/* See outside_python.h. */
#include "evaluate/outside_python.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/text.h"

enum { LOOK_BYTES = 1 << 16 };

/* Importing PyTorch from a cold disk takes a while. */
static const int64_t look_ns = 60 * (int64_t)CLOCK_SECOND_NS;

/* Libraries print what they like; a line that begins so is ours. */
static const char mark[] = "kevo: ";
static const char look[] =
        "import os, platform, sys\n"
        "os.environ.setdefault('HOME', '/tmp')\n"
        "os.environ.setdefault('USER', 'kevo')\n"
        "sys.dont_write_bytecode = True\n"
        "try:\n"
        "    import torch\n"
        "except ImportError as error:\n"
        "    text = ' '.join(str(error).split())[:200]\n"
        "    sys.exit('\\nkevo: PyTorch is not installed for %s (%s)' %\n"
        "             (sys.executable, text))\n"
        "print('\\nkevo: PyTorch %s, Python %s' %\n"
        "      (torch.__version__, platform.python_version()))\n";

/* The folder above the one that holds a program: what a virtual environment
 * or an installation of Python consists of. "" for what is seen anyway. */
static void prefix_of(const char *program, char prefix[LIMIT_PATH_BYTES])
{
        char *slash;

        snprintf(prefix, LIMIT_PATH_BYTES, "%s", program);
        for (int i = 0; i < 2; i++) {
                slash = strrchr(prefix, '/');
                if (slash)
                        *slash = 0;
        }
        if (prefix[0] != '/' || text_equal(prefix, "/usr") ||
            text_starts(prefix, "/usr/"))
                prefix[0] = 0;
}

/* Where a Python lies, and where what it links to does. */
struct prefixes {
        char path[2][LIMIT_PATH_BYTES];
        const char *readable[3];
};

static void find_prefixes(const char *python, struct prefixes *p)
{
        char *target;
        int n = 0;

        *p = (struct prefixes){0};
        if (!python)
                return;
        prefix_of(python, p->path[0]);
        target = realpath(python, NULL);
        if (target)
                prefix_of(target, p->path[1]);
        free(target);
        if (text_equal(p->path[0], p->path[1]))
                p->path[1][0] = 0;
        for (int i = 0; i < 2; i++) {
                if (p->path[i][0])
                        p->readable[n++] = p->path[i];
        }
}

int outside_python_start(const struct outside_setup *setup,
                         const char *program, const int *file, int files,
                         struct proc_child *child, struct error *err)
{
        const char *argv[] = {setup->python ? setup->python : "python3", "-c",
                              program, NULL};
        const char *writable[] = {setup->cache, NULL};
        struct prefixes prefixes;
        struct proc_options options = {.argv = argv,
                                       .sandbox = true,
                                       .writable = writable,
                                       .readable = prefixes.readable};
        int rc = file_make_directories(setup->cache, 0700, err);

        if (rc < 0)
                return rc;
        find_prefixes(setup->python, &prefixes);
        return proc_start(&options, file, files, child, err);
}

/* Our line of what it printed, or NULL. */
static char *find_line(char *output)
{
        char *line = strstr(output, mark);

        if (line)
                line[strcspn(line, "\n")] = 0;
        return line ? line + sizeof mark - 1 : NULL;
}

bool outside_python_look(const char *python, char text[OUTSIDE_REASON_BYTES])
{
        const char *argv[] = {python ? python : "python3", "-c", look, NULL};
        struct prefixes prefixes;
        struct proc_options options = {.argv = argv,
                                       .sandbox = true,
                                       .readable = prefixes.readable,
                                       .timeout_ns = look_ns};
        struct proc_result result = {0};
        struct error err = {0};
        char *line = NULL;
        int rc;

        find_prefixes(python, &prefixes);
        rc = proc_run(&options, LOOK_BYTES, &result, &err);
        if (rc == 0 && result.output.data)
                line = find_line(result.output.data);
        if (rc < 0)
                snprintf(text, OUTSIDE_REASON_BYTES, "%.300s", err.text);
        else if (line)
                snprintf(text, OUTSIDE_REASON_BYTES, "%.300s", line);
        else
                snprintf(text, OUTSIDE_REASON_BYTES, "%.200s %s", argv[0],
                         result.timed_out ? "did not import torch in time"
                                          : "does not run");
        buf_dispose(&result.output);
        return rc == 0 && line && result.status == 0;
}
