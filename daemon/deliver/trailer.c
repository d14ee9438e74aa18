/*
 * See trailer.h. A commit can come from anywhere: every length is checked,
 * every key must be there once, and nothing that is malformed is guessed.
 */
#include "deliver/trailer.h"

#include <git2.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "repo/git.h"

void trailers_write(const struct trailers *t, struct buf *out)
{
        buf_printf(out, "Kevo-Kernel: %s\nKevo-Hardware: %s\n", t->kernel,
                   t->hardware);
        buf_printf(out,
                   "Kevo-Environment: %s\nKevo-Against: ", t->environment);
        for (int i = 0; i < t->workload_count; i++)
                buf_printf(out, "%s%s", i ? ", " : "", t->workload[i].against);
        buf_puts(out, "\nKevo-Workloads: ");
        for (int i = 0; i < t->workload_count; i++)
                buf_printf(out, "%s%s: %s (%.4g)", i ? "; " : "",
                           t->workload[i].name, t->workload[i].text,
                           t->workload[i].weight);
        buf_printf(out, "\nKevo-Threads: %d\nKevo-Method: %d\n", t->threads,
                   t->method);
        if (t->ratio > 0)
                buf_printf(out, "Kevo-Speedup: %.3f [%.3f, %.3f]\n", t->ratio,
                           t->low, t->high);
        else
                buf_puts(out, "Kevo-Speedup: first\n");
        buf_printf(out, "Kevo-Verified: %s\n", t->verified);
}

/* Without the spaces around it; false when empty or too long. */
static bool copy(char *to, size_t bytes, const char *from, size_t length)
{
        while (length && *from == ' ') {
                from++;
                length--;
        }
        while (length && from[length - 1] == ' ')
                length--;
        if (length == 0 || length >= bytes)
                return false;
        memcpy(to, from, length);
        to[length] = 0;
        return true;
}

static bool parse_kernel(struct trailers *t, const char *value)
{
        return copy(t->kernel, sizeof t->kernel, value, strlen(value)) &&
               text_is_kernel_name(t->kernel);
}

static bool parse_hardware(struct trailers *t, const char *value)
{
        return copy(t->hardware, sizeof t->hardware, value, strlen(value)) &&
               text_is_hardware_name(t->hardware);
}

static bool parse_environment(struct trailers *t, const char *value)
{
        return copy(t->environment, sizeof t->environment, value,
                    strlen(value));
}

/* In the order of Kevo-Workloads, which may come before or after. */
static bool parse_against(struct trailers *t, const char *value)
{
        int n = 0;

        for (;;) {
                size_t length = strcspn(value, ",");

                if (n == LIMIT_WORKLOADS ||
                    !copy(t->workload[n].against,
                          sizeof t->workload[n].against, value, length))
                        return false;
                n++;
                if (!value[length])
                        return true;
                value += length + 1;
        }
}

/* "name: A=1 B=2 (0.5)" */
static bool parse_workload(struct trailer_workload *w, const char *text,
                           size_t length)
{
        char one[1024], *colon, *open, *close;

        if (!copy(one, sizeof one, text, length))
                return false;
        colon = strchr(one, ':');
        open = strrchr(one, '(');
        close = strrchr(one, ')');
        if (!colon || !open || !close || open < colon || close < open ||
            close[1])
                return false;
        *close = 0;
        if (!text_to_double(open + 1, &w->weight) || w->weight < 0)
                return false;
        return copy(w->name, sizeof w->name, one, (size_t)(colon - one)) &&
               copy(w->text, sizeof w->text, colon + 1,
                    (size_t)(open - colon - 1));
}

static bool parse_workloads(struct trailers *t, const char *value)
{
        for (;;) {
                size_t length = strcspn(value, ";");

                if (t->workload_count == LIMIT_WORKLOADS ||
                    !parse_workload(&t->workload[t->workload_count], value,
                                    length))
                        return false;
                t->workload_count++;
                if (!value[length])
                        return true;
                value += length + 1;
        }
}

static bool parse_small(const char *value, int *number)
{
        int64_t wide;

        if (!text_to_int64(value, &wide) || wide < 1 || wide > 1 << 20)
                return false;
        *number = (int)wide;
        return true;
}

static bool parse_threads(struct trailers *t, const char *value)
{
        return parse_small(value, &t->threads);
}

static bool parse_method(struct trailers *t, const char *value)
{
        return parse_small(value, &t->method);
}

static bool parse_speedup(struct trailers *t, const char *value)
{
        char rest;

        if (text_equal(value, "first"))
                return true;
        return sscanf(value, "%lf [%lf, %lf%c", &t->ratio, &t->low, &t->high,
                      &rest) == 4 &&
               rest == ']' && t->ratio > 0 && t->low > 0 && t->high > 0 &&
               isfinite(t->ratio) && isfinite(t->low) && isfinite(t->high);
}

static bool parse_verified(struct trailers *t, const char *value)
{
        return copy(t->verified, sizeof t->verified, value, strlen(value));
}

static const struct {
        const char *key;
        bool (*parse)(struct trailers *trailers, const char *value);
} keys[] = {
        {"Kevo-Kernel", parse_kernel},
        {"Kevo-Hardware", parse_hardware},
        {"Kevo-Environment", parse_environment},
        {"Kevo-Against", parse_against},
        {"Kevo-Workloads", parse_workloads},
        {"Kevo-Threads", parse_threads},
        {"Kevo-Method", parse_method},
        {"Kevo-Speedup", parse_speedup},
        {"Kevo-Verified", parse_verified},
};

enum { KEYS = sizeof keys / sizeof *keys };

static int take(struct trailers *trailers, const git_message_trailer *trailer,
                bool seen[KEYS], struct error *err)
{
        for (int i = 0; i < KEYS; i++) {
                if (!text_equal(keys[i].key, trailer->key))
                        continue;
                /* People see the values in terminals; a line that goes on
                 * is none of ours. */
                if (seen[i] || text_has_control(trailer->value) ||
                    !keys[i].parse(trailers, trailer->value))
                        return error_set(err, ERR_INPUT,
                                         "the trailer %s is malformed",
                                         keys[i].key);
                seen[i] = true;
        }
        return 0;
}

int trailers_parse(const char *message, struct trailers *trailers,
                   struct error *err)
{
        git_message_trailer_array array = {0};
        bool seen[KEYS] = {false};
        int rc = git_start(err), found = 0;

        *trailers = (struct trailers){0};
        if (rc < 0)
                return rc;
        rc = git_message_trailers(&array, message);
        if (rc < 0)
                return git_fail(err, rc, "reading trailers");
        for (size_t i = 0; i < array.count && rc == 0; i++)
                rc = take(trailers, &array.trailers[i], seen, err);
        git_message_trailer_array_free(&array);
        for (int i = 0; i < KEYS; i++)
                found += seen[i];
        if (rc == 0 && found == 0)
                return error_set(err, ERR_NOT_FOUND,
                                 "no Kevo trailers: not a commit that kevo "
                                 "made");
        for (int i = 0; i < KEYS && rc == 0; i++) {
                if (!seen[i])
                        rc = error_set(err, ERR_INPUT,
                                       "the trailer %s is missing",
                                       keys[i].key);
        }
        for (int i = 0; i < trailers->workload_count && rc == 0; i++) {
                if (!trailers->workload[i].against[0])
                        rc = error_set(err, ERR_INPUT,
                                       "Kevo-Against names fewer incumbents "
                                       "than Kevo-Workloads has workloads");
        }
        return rc;
}
