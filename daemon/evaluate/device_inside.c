/* See device_inside.h. */
#include "evaluate/device_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "backends/device.h"
#include "core/rng.h"
#include "evaluate/device_sandbox.h"
#include "evaluate/fault.h"
#include "evaluate/inside_loop.h"

enum {
        QUEUED = 512,         /* calls that are queued before a wait */
        PAD_BYTES = 4096,     /* around an input on the device */
        BUILD_GIB = 8,        /* address space of a process that builds */
        DRIVER_BYTES_LOG = 33 /* ... of one that runs, beside its tensors */
};

/* A sanitizer's shadow is larger than any limit. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { BOUNDED = 0 };
#else
enum { BOUNDED = 1 };
#endif

static struct cell_control *control; /* one device process a process */
static const struct cell_plan *plan;
static const char *inputs;
static char *work;
static size_t work_bytes;

static struct {
        const struct device_driver *driver;
        struct device *device;
        struct device_code *code;
        uint64_t secret;               /* of the bytes around inputs */
        struct device_buffer **buffer; /* by piece */
        struct device_buffer **decoy;  /* by piece behind first_output */
        /* Arguments of each stage; inputs and outputs change by call. */
        struct device_value value[LIMIT_STAGES][DEVICE_ARGUMENTS];
} run;

_Noreturn static void unable(const char *what, const char *why)
{
        if (control) {
                snprintf(control->message, sizeof control->message,
                         "%.120s: %.120s", what, why);
                atomic_store(&control->state, CELL_UNABLE);
                loop_wake(&control->state);
        }
        _exit(1);
}

_Noreturn static void unable_errno(const char *what)
{
        unable(what, strerror(errno));
}

/* The device or its driver gave up while kernels ran. */
_Noreturn static void fail(const struct error *err)
{
        snprintf(control->message, sizeof control->message, "%.250s",
                 err->text);
        control->fault_signal = 0;
        atomic_store(&control->state, CELL_FAULT);
        atomic_store(&control->done, UINT32_MAX);
        loop_wake(&control->done);
        _exit(1);
}

/* --- set-up ------------------------------------------------------------ */

static void *map(int fd, size_t bytes, int protection, const char *what)
{
        void *at =
                mmap(NULL, bytes ? bytes : 1, protection, MAP_SHARED, fd, 0);

        if (at == MAP_FAILED)
                unable_errno(what);
        return at;
}

static size_t bytes_of(int fd)
{
        off_t bytes = lseek(fd, 0, SEEK_END);

        return bytes < 0 ? 0 : (size_t)bytes;
}

static void map_files(const int *file)
{
        size_t bytes = bytes_of(file[INSIDE_OBJECT]);
        const char *object;

        control = map(file[INSIDE_CONTROL], CELL_CONTROL_BYTES,
                      PROT_READ | PROT_WRITE, "the control page");
        plan = map(file[INSIDE_PLAN], bytes_of(file[INSIDE_PLAN]), PROT_READ,
                   "the plan");
        inputs = map(file[INSIDE_INPUTS], bytes_of(file[INSIDE_INPUTS]),
                     PROT_READ, "the inputs");
        work_bytes = bytes_of(file[INSIDE_WORK]);
        work = map(file[INSIDE_WORK], work_bytes, PROT_READ | PROT_WRITE,
                   "the work file");
        object = map(file[INSIDE_OBJECT], bytes, PROT_READ, "the program");
        run.code = calloc(1, bytes + 1);
        if (!run.code || bytes < sizeof *run.code)
                unable("reading the program", "too short");
        memcpy(run.code, object, bytes);
        if (run.code->length > bytes - sizeof *run.code)
                unable("reading the program", "too short");
}

static void open_device(const struct inside_host *host)
{
        struct error err = {0};
        const char *failed;
        int64_t room = (int64_t)BUILD_GIB << 30;

        run.driver = device_driver_find(run.code->driver);
        if (!run.driver)
                unable(run.code->driver, "no such driver");
        if (run.code->built)
                room = ((int64_t)1 << DRIVER_BYTES_LOG) +
                       4 * (int64_t)(plan->input_bytes + plan->work_bytes);
        /* Drivers of other devices reserve more addresses than there is
         * memory. */
        if (!BOUNDED || !run.code->processor)
                room = 0;
        failed = device_sandbox_enter(host, room);
        if (failed)
                unable_errno(failed);
        if (run.driver->open(run.code->number, &run.device, &err) < 0)
                unable("the device", err.text);
}

/* --- building ---------------------------------------------------------- */

_Noreturn static void build(void)
{
        struct device_answer *answer = (struct device_answer *)(void *)work;
        size_t room = work_bytes - sizeof *answer;
        struct error err = {0};
        struct buf object;
        const char *bytes;
        int rc;

        buf_init(&object, LIMIT_OBJECT_BYTES);
        if (!device_sandbox_filter(false))
                unable_errno("the system call filter");
        rc = run.driver->build(run.device, run.code, &object, &err);
        bytes = rc < 0 ? err.text : object.data;
        answer->length = rc < 0 ? strlen(err.text) : object.length;
        if (answer->length > room)
                unable("the built program", "too large");
        memcpy(answer->bytes, bytes, answer->length);
        answer->code = rc;
        atomic_store(&control->state, CELL_READY);
        loop_wake(&control->state);
        _exit(0);
}

/* --- buffers ----------------------------------------------------------- */

static struct device_buffer *allocate(uint64_t bytes, uint64_t lead)
{
        struct device_buffer *buffer;
        struct error err = {0};

        if (run.driver->allocate(run.device, bytes, lead, &buffer, &err) < 0)
                unable("a buffer", err.text);
        return buffer;
}

/* An input's data between pads of its own, which hold secret bytes: its place
 * in the file says nothing about its place on the device. The caller frees. */
static char *padded_input(uint32_t number)
{
        const struct cell_piece *p = plan->piece + number;
        char *copy = malloc(p->bytes + 2 * PAD_BYTES);

        if (!copy)
                unable("memory", "none left");
        for (uint64_t i = 0; i < PAD_BYTES; i++) {
                copy[i] = (char)rng_at(run.secret + number, i);
                copy[PAD_BYTES + p->bytes + i] = (char)(copy[i] ^ 0x55);
        }
        memcpy(copy + PAD_BYTES, inputs + p->offset + p->lead, p->bytes);
        return copy;
}

static void upload_input(uint32_t number)
{
        uint64_t bytes = plan->piece[number].bytes + 2 * PAD_BYTES;
        char *copy = padded_input(number);
        struct error err = {0};

        run.buffer[number] = allocate(bytes, PAD_BYTES);
        if (run.driver->write(run.device, run.buffer[number], copy, bytes,
                              &err) < 0)
                unable("an input", err.text);
        free(copy);
}

static void make_buffers(void)
{
        run.buffer = calloc(plan->pieces + 1, sizeof(void *));
        run.decoy = calloc(plan->pieces + 1, sizeof(void *));
        if (!run.buffer || !run.decoy)
                unable("memory", "none left");
        run.secret = rng_secret();
        for (uint32_t i = 0; i < plan->first_output; i++)
                upload_input(i);
        for (uint32_t i = plan->first_output; i < plan->pieces; i++)
                run.buffer[i] =
                        allocate(plan->piece[i].span, plan->piece[i].lead);
}

static void copy_work(bool push)
{
        struct error err = {0};
        int rc = 0;

        for (uint32_t i = plan->first_output; i < plan->pieces && rc == 0;
             i++) {
                const struct cell_piece *p = plan->piece + i;

                rc = push ? run.driver->write(run.device, run.buffer[i],
                                              work + p->offset, p->span, &err)
                          : run.driver->read(run.device, run.buffer[i],
                                             work + p->offset, p->span, &err);
        }
        if (rc < 0)
                fail(&err);
}

/* Does a set of inputs on the device, or what lies around them, no longer hold
 * what was put there? */
static bool inputs_changed(uint32_t set)
{
        struct error err = {0};
        bool changed = false;

        for (uint32_t i = 0; i < plan->inputs; i++) {
                uint32_t n = set * plan->inputs + i;
                uint64_t bytes = plan->piece[n].bytes + 2 * PAD_BYTES;
                char *copy = malloc(bytes), *put = padded_input(n);

                if (!copy || run.driver->read(run.device, run.buffer[n], copy,
                                              bytes, &err) < 0)
                        fail(&err);
                changed |= memcmp(copy, put, bytes) != 0;
                free(copy);
                free(put);
        }
        return changed;
}

/* --- arguments --------------------------------------------------------- */

static void set_number(struct device_value *value, enum dtype dtype,
                       double number)
{
        value->bytes = (uint8_t)dtype_bytes(dtype);
        dtype_store(dtype, value->value, 0, number);
}

static void prepare_stage(int s)
{
        const struct device_stage *stage = run.code->stage + s;

        if (stage->argument_count < 0 ||
            stage->argument_count > DEVICE_ARGUMENTS)
                unable("an impossible stage", stage->name);
        for (int i = 0; i < stage->argument_count; i++) {
                const struct device_argument *a = stage->argument + i;
                struct device_value *value = &run.value[s][i];

                if (a->kind == DEVICE_SIZE) {
                        value->bytes = sizeof(int64_t);
                        memcpy(value->value, &plan->size[a->number],
                               sizeof(int64_t));
                } else if (a->kind == DEVICE_PARAM) {
                        set_number(value, (enum dtype)a->dtype,
                                   plan->param[a->number]);
                } else if (a->kind == DEVICE_SCRATCH) {
                        value->buffer =
                                run.buffer[plan->first_scratch + a->number];
                }
        }
}

/* Inputs of set and outputs of slot into the arguments of all stages. */
static void bind(uint32_t set, uint32_t slot)
{
        for (int s = 0; s < run.code->stage_count; s++) {
                const struct device_stage *stage = run.code->stage + s;

                for (int i = 0; i < stage->argument_count; i++) {
                        const struct device_argument *a = stage->argument + i;

                        if (a->kind == DEVICE_INPUT)
                                run.value[s][i].buffer =
                                        run.buffer[set * plan->inputs +
                                                   a->number];
                        if (a->kind == DEVICE_OUTPUT)
                                run.value[s][i].buffer =
                                        run.buffer[plan->first_output +
                                                   slot * plan->outputs +
                                                   a->number];
                }
        }
}

/* --- calls ------------------------------------------------------------- */

static int fill(struct device_buffer *buffer, uint32_t piece, uint8_t value,
                struct error *err)
{
        return run.driver->fill(run.device, buffer, plan->piece[piece].bytes,
                                value, err);
}

/* Overwrite the outputs of a slot and scratch, or as much of other memory. */
static int disturb(uint32_t slot, bool decoy, struct error *err)
{
        uint32_t first = plan->first_output + slot * plan->outputs;
        int rc = 0;

        for (uint32_t i = 0; i < plan->outputs + plan->scratches && rc == 0;
             i++) {
                uint32_t n = i < plan->outputs
                                     ? first + i
                                     : plan->first_scratch + i - plan->outputs;

                if (decoy && !run.decoy[n])
                        run.decoy[n] = allocate(plan->piece[n].span,
                                                plan->piece[n].lead);
                rc = fill(decoy ? run.decoy[n] : run.buffer[n], n, 0xa5, err);
        }
        return rc;
}

static int call(uint32_t set, uint32_t slot, uint32_t flags, struct error *err)
{
        int rc = 0;

        bind(set, slot);
        if (flags & (CELL_WIPE | CELL_KEEP))
                rc = disturb(slot, flags & CELL_KEEP, err);
        if (rc == 0 && flags & (CELL_SCRIBBLE | CELL_WIPE) &&
            run.driver->scrub)
                rc = run.driver->scrub(run.device, err);
        for (uint32_t i = 0; i < plan->scratches && rc == 0; i++)
                if (plan->zero[i])
                        rc = fill(run.buffer[plan->first_scratch + i],
                                  plan->first_scratch + i, 0, err);
        for (int s = 0;
             s < run.code->stage_count && rc == 0 && !(flags & CELL_SKIP); s++)
                rc = run.driver->launch(run.device, s, run.value[s],
                                        run.code->stage[s].argument_count,
                                        err);
        return rc;
}

static void run_calls(void)
{
        uint32_t calls = control->calls, flags = control->flags;
        uint32_t set = control->set % plan->sets;
        uint32_t slot = control->slot % plan->slots;
        uint32_t set_step = control->set_step % plan->sets;
        uint32_t slot_step = control->slot_step % plan->slots;
        struct error err = {0};
        int rc = 0;

        for (uint32_t c = 0; c < calls && rc == 0; c++) {
                rc = call(set, slot, flags, &err);
                if (rc == 0 && (c % QUEUED == QUEUED - 1 || c == calls - 1))
                        rc = run.driver->finish(run.device, &err);
                set = (set + set_step) % plan->sets;
                slot = (slot + slot_step) % plan->slots;
        }
        if (rc < 0)
                fail(&err);
        if (flags & CELL_SCRIBBLE && calls)
                control->inputs_changed |=
                        inputs_changed(control->set % plan->sets);
}

_Noreturn static void serve(void)
{
        uint32_t seen = 0;

        for (;;) {
                loop_wait(&control->command, seen);
                seen = atomic_load(&control->command);
                if (control->flags & (CELL_PUSH | CELL_PULL))
                        copy_work(control->flags & CELL_PUSH);
                else
                        run_calls();
                atomic_store(&control->done, seen);
                loop_wake(&control->done);
        }
}

_Noreturn void device_inside_run(const struct inside_host *host,
                                 const int file[INSIDE_FILES])
{
        struct pollfd parent = {.fd = host->socket};
        struct error err = {0};

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (poll(&parent, 1, 0) > 0 && parent.revents & POLLHUP)
                _exit(1);
        setsid();
        map_files(file);
        close(host->socket);
        for (int i = 0; i < INSIDE_FILES; i++)
                close(file[i]);
        open_device(host);
        if (!run.code->built)
                build();
        if (run.driver->load(run.device, run.code, &err) < 0)
                unable("the program", err.text);
        make_buffers();
        for (int s = 0; s < run.code->stage_count; s++)
                prepare_stage(s);
        /* After the driver has set up what it wants. */
        fault_watch(control, false);
        if (!device_sandbox_filter(true))
                unable_errno("the system call filter");
        atomic_store(&control->state, CELL_READY);
        loop_wake(&control->state);
        serve();
}
