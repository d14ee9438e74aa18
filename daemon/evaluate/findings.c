/* See findings.h. */
#include "evaluate/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate/result.h"

static const char *const names[CHECK_COUNT] = {
        "build",   "inspect",   "runs",  "oracle",     "hidden",
        "written", "bounds",    "pure",  "repeatable", "residue",
        "threads", "sanitised", "timed", "intercept",  "stateless"};

const char *findings_name(enum check check)
{
        return (unsigned)check < CHECK_COUNT ? names[check] : "?";
}

void findings_pass(struct findings *f, enum check check)
{
        f->row[check].ran = true;
}

static void fail(struct findings *f, enum check check, int code,
                 const char *hidden, const char *detail, va_list args)
{
        f->row[check].ran = true;
        if (f->row[check].failed)
                return;
        f->row[check].failed = true;
        f->row[check].late = code == ERR_TIMEOUT;
        vsnprintf(f->row[check].detail, sizeof f->row[check].detail, detail,
                  args);
        snprintf(f->row[check].hidden, sizeof f->row[check].hidden, "%s",
                 hidden);
}

void findings_fail(struct findings *f, enum check check, const char *hidden,
                   const char *detail, ...)
{
        va_list args;

        va_start(args, detail);
        fail(f, check, 0, hidden, detail, args);
        va_end(args);
}

void findings_fail_by(struct findings *f, enum check check, int code,
                      const char *hidden, const char *detail, ...)
{
        va_list args;

        va_start(args, detail);
        fail(f, check, code, hidden, detail, args);
        va_end(args);
}

void findings_note(struct findings *f, enum check check, const char *detail,
                   ...)
{
        va_list args;

        f->row[check].ran = true;
        if (f->row[check].failed)
                return;
        va_start(args, detail);
        vsnprintf(f->row[check].detail, sizeof f->row[check].detail, detail,
                  args);
        va_end(args);
}

enum check findings_failed(const struct findings *f)
{
        for (int i = 0; i < CHECK_COUNT; i++) {
                if (f->row[i].failed)
                        return (enum check)i;
        }
        return CHECK_COUNT;
}

int findings_report(const struct findings *f, enum stage_level stage,
                    struct evaluate_result *result, struct error *err)
{
        int rc = 0;

        for (int i = 0; i < CHECK_COUNT && rc == 0; i++) {
                if (!f->row[i].ran)
                        continue;
                rc = result_add_check(result, stage, names[i],
                                      !f->row[i].failed, f->row[i].detail,
                                      f->row[i].hidden, err);
                if (rc == 0)
                        result->check[result->check_count - 1].late =
                                f->row[i].late;
        }
        return rc;
}
