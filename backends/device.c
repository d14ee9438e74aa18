/* See device.h: the table of drivers, and asking what devices there are. */
#include "backends/device.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backends/opencl/driver.h"
#include "core/clock.h"
#include "core/text.h"

enum { LIST_SECONDS = 30 };

static const struct device_driver *const drivers[] = {&opencl_driver, NULL};

enum { DRIVERS = sizeof drivers / sizeof *drivers };

/* What a driver answered, kept for the life of the process. */
static struct answer {
        bool known;
        int count; /* or an error */
        char text[256];
        struct device_info info[DEVICE_MAX];
} answers[DRIVERS];

static pthread_mutex_t answers_lock = PTHREAD_MUTEX_INITIALIZER;

const struct device_driver *device_driver_find(const char *name)
{
        for (int i = 0; drivers[i]; i++)
                if (text_equal(drivers[i]->name, name))
                        return drivers[i];
        return NULL;
}

_Noreturn static void answer(const struct device_driver *driver, int out)
{
        struct answer *a = calloc(1, sizeof *a);
        int null = open("/dev/null", O_RDWR);
        struct error err = {0};
        const char *at = (const char *)a;
        size_t left = sizeof *a;

        if (!a)
                _exit(1);
        dup2(null, 0);
        dup2(null, 1);
        dup2(null, 2);
        a->count = driver->list(a->info, DEVICE_MAX, &err);
        snprintf(a->text, sizeof a->text, "%.250s", err.text);
        while (left) {
                ssize_t n = write(out, at, left);

                if (n <= 0)
                        _exit(1);
                at += n;
                left -= (size_t)n;
        }
        _exit(0);
}

/* Read all of an answer until the deadline. */
static bool receive(int in, struct answer *a)
{
        int64_t deadline =
                clock_monotonic_ns() + LIST_SECONDS * (int64_t)CLOCK_SECOND_NS;
        char *at = (char *)a;
        size_t left = sizeof *a;

        while (left) {
                struct pollfd wait = {.fd = in, .events = POLLIN};
                int64_t ms = (deadline - clock_monotonic_ns()) / 1000000;
                ssize_t n;

                if (ms <= 0 || poll(&wait, 1, (int)ms) == 0)
                        return false;
                n = read(in, at, left);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return false;
                at += n;
                left -= (size_t)n;
        }
        return true;
}

/* A driver is foreign code that starts threads and may crash: it is asked
 * in a child. */
static void ask(const struct device_driver *driver, struct answer *a)
{
        int pipes[2];
        pid_t pid;
        bool told;

        *a = (struct answer){.known = true, .count = ERR_LOST};
        snprintf(a->text, sizeof a->text,
                 "the %s driver ended or hung when it was asked for devices",
                 driver->name);
        if (pipe2(pipes, O_CLOEXEC) < 0)
                return;
        pid = fork();
        if (pid == 0)
                answer(driver, pipes[1]);
        close(pipes[1]);
        if (pid > 0) {
                static struct answer got; /* under the lock */

                told = receive(pipes[0], &got);
                kill(pid, SIGKILL);
                while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
                        ;
                if (told) {
                        *a = got;
                        a->known = true;
                }
        }
        close(pipes[0]);
}

int device_list(const struct device_driver *driver,
                const struct device_info **info, int *count, struct error *err)
{
        struct answer *a = NULL;

        for (int i = 0; drivers[i]; i++)
                if (drivers[i] == driver)
                        a = answers + i;
        *count = 0;
        if (!a)
                return error_set(err, ERR_INTERNAL, "an unknown driver");
        pthread_mutex_lock(&answers_lock);
        if (!a->known)
                ask(driver, a);
        pthread_mutex_unlock(&answers_lock);
        if (a->count < 0)
                return error_set(err, a->count, "%s", a->text);
        *info = a->info;
        *count = a->count;
        return 0;
}

/* $KEVO_OPENCL_DEVICE, -1: not set. */
static int wanted(const struct device_driver *driver)
{
        char name[48];
        const char *value;
        int64_t number;

        snprintf(name, sizeof name, "KEVO_%.16s_DEVICE", driver->name);
        for (char *c = name; *c; c++)
                if (*c >= 'a' && *c <= 'z')
                        *c = (char)(*c - 'a' + 'A');
        value = getenv(name);
        if (!value || !text_to_int64(value, &number) || number < 0 ||
            number >= DEVICE_MAX)
                return -1;
        return (int)number;
}

int device_choose(const struct device_driver *driver,
                  const struct device_info **info, int *number,
                  struct error *err)
{
        const struct device_info *all = NULL;
        int count, at = wanted(driver);
        int rc = device_list(driver, &all, &count, err);

        if (rc < 0)
                return rc;
        if (count == 0)
                return error_set(err, ERR_NOT_FOUND,
                                 "no %s device on this machine; install a "
                                 "driver (a processor: pocl-opencl-icd)",
                                 driver->name);
        if (at < 0)
                for (at = 0; at < count && all[at].processor;)
                        at++;
        *number = at < count ? at : 0;
        *info = all + *number;
        return 0;
}
