/*
 * See inside.h. Until the filter is loaded nothing foreign has run: an
 * inspected object has no code that runs while it is loaded. So the set-up
 * may use the C library freely; what comes after may not.
 */
#include "evaluate/inside.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/capability.h>

#include "evaluate/fault.h"
#include "evaluate/inside_loop.h"

enum {
        PAGE = 4096,
        ALTERNATE_BYTES = 65536, /* stack of the fault handler */
        GAP_PAGES = 4096,        /* no-man's-land between two pieces ... */
        EDGE_PAGES = 1 << 18,    /* ... and around a file: far misses fault
                                    instead of hitting a stranger */
        NOBODY = 65534
};

/* What the harness itself needs of a thread's stack, beside the kernel's:
 * thread-local storage, frames; more under a sanitizer. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { HARNESS_STACK_BYTES = 512 << 10 };
#else
enum { HARNESS_STACK_BYTES = 32 << 10 };
#endif

static struct cell_control *control; /* one cell a process */
static const struct cell_plan *plan;
static struct loop loop;
static _Atomic int clock_left; /* a thread can still read the counter */

_Noreturn static void unable(const char *what)
{
        if (control) {
                snprintf(control->message, sizeof control->message, "%s: %s",
                         what, strerror(errno));
                atomic_store(&control->state, CELL_UNABLE);
                loop_wake(&control->state);
        }
        _exit(1);
}

static void watch_faults(void)
{
        for (int i = 1; i < 32; i++)
                signal(i, SIG_DFL);
        fault_watch(control, true);
}

static void *reserve(size_t bytes)
{
        void *at = mmap(NULL, bytes, PROT_NONE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

        if (at == MAP_FAILED)
                unable("reserving addresses");
        return at;
}

/* Map one file whole, or piece by piece between guard pages; fills
 * addresses[] of its pieces first..end. Returns the base address. */
static uint64_t map_file(int fd, uint64_t bytes, int protection,
                         uint32_t first, uint32_t end, void **addresses)
{
        const struct cell_piece *p;
        uint64_t gap = (uint64_t)GAP_PAGES * PAGE;
        uint64_t edge = ((uint64_t)EDGE_PAGES + plan->shift) * PAGE;
        uint64_t room = bytes + 2 * edge;
        char *at, *base;

        if (plan->guarded)
                room += (uint64_t)(end - first) * gap;
        base = at = (char *)reserve(room) + edge;
        if (!plan->guarded && bytes &&
            mmap(at, bytes, protection, MAP_SHARED | MAP_FIXED, fd, 0) ==
                    MAP_FAILED)
                unable("mapping tensors");
        for (uint32_t i = first; i < end; i++) {
                p = plan->piece + i;
                if (p->offset > bytes || p->span > bytes - p->offset)
                        unable("a piece outside its file");
                if (!plan->guarded) {
                        addresses[i] = at + p->offset + p->lead;
                        continue;
                }
                if (p->span &&
                    mmap(at, p->span, protection, MAP_SHARED | MAP_FIXED, fd,
                         (off_t)p->offset) == MAP_FAILED)
                        unable("mapping a tensor");
                addresses[i] = at + p->lead;
                at += p->span + gap;
        }
        return (uint64_t)(uintptr_t)base;
}

static void map_tensors(const int *file, void **addresses)
{
        control->input_base =
                map_file(file[INSIDE_INPUTS], plan->input_bytes, PROT_READ, 0,
                         plan->first_output, addresses);
        control->work_base = map_file(
                file[INSIDE_WORK], plan->work_bytes, PROT_READ | PROT_WRITE,
                plan->first_output, plan->pieces, addresses);
        loop.in = addresses;
        loop.out = addresses + plan->first_output;
        loop.scratch = addresses + plan->first_scratch;
        for (uint32_t i = 0; i < plan->pieces && i < 64; i++)
                control->piece_address[i] = (uint64_t)(uintptr_t)addresses[i];
}

static void load_object(int fd)
{
        char name[32];
        void *object;

        snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
        object = dlopen(name, RTLD_NOW | RTLD_LOCAL);
        if (!object) {
                snprintf(control->message, sizeof control->message, "%.200s",
                         dlerror());
                atomic_store(&control->state, CELL_UNABLE);
                loop_wake(&control->state);
                _exit(1);
        }
        for (uint32_t i = 0; i < plan->stages; i++) {
                void *symbol;

                snprintf(name, sizeof name, "__kevo_stage_%u", i);
                symbol = dlsym(object, name);
                memcpy(&loop.entry[i], &symbol, sizeof symbol);
                if (!symbol)
                        unable(name);
        }
}

/* No file system, no capabilities, no user worth being. */
static void leave_the_world(const struct inside_host *host)
{
        struct __user_cap_header_struct head = {
                .version = _LINUX_CAPABILITY_VERSION_3};
        struct __user_cap_data_struct none[2] = {{0}};

        if (host->empty_root >= 0 &&
            (fchdir(host->empty_root) < 0 || chroot(".") < 0))
                unable("chroot");
        /* As far as it goes: inside a container another user may not exist,
         * and the grade says that namespaces are missing. */
        if (host->drop_user && syscall(SYS_setgroups, 0, NULL) == 0 &&
            syscall(SYS_setresgid, NOBODY, NOBODY, NOBODY) == 0)
                syscall(SYS_setresuid, NOBODY, NOBODY, NOBODY);
        syscall(SYS_capset, &head, none);
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                unable("no_new_privs");
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        prctl(PR_SET_DUMPABLE, 0);
}

static bool stop_clock(void)
{
#if defined(__x86_64__)
        return prctl(PR_SET_TSC, PR_TSC_SIGSEGV) == 0;
#else
        return false;
#endif
}

/* The kernel's shared pages, which hold a clock. */
static struct {
        unsigned long low, high;
} shared_page[8];
static int shared_pages; /* -1: they could not be told */

static void note_shared_page(const char *line)
{
        if (!strstr(line, "[vvar") && !strstr(line, "[vdso]"))
                return;
        if (shared_pages < 0 || shared_pages == 8 ||
            sscanf(line, "%lx-%lx", &shared_page[shared_pages].low,
                   &shared_page[shared_pages].high) != 2)
                shared_pages = -1;
        else
                shared_pages++;
}

/* Called before tensors are mapped, while the list is short. */
static void find_shared_pages(void)
{
        static char text[1 << 17];
        int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
        size_t used = 0;
        char *line, *end;
        ssize_t n;

        while (fd >= 0 && used < sizeof text - 1 &&
               (n = read(fd, text + used, sizeof text - 1 - used)) > 0)
                used += (size_t)n;
        if (fd < 0 || used == sizeof text - 1)
                shared_pages = -1;
        if (fd >= 0)
                close(fd);
        text[used] = 0;
        for (line = text; (end = strchr(line, '\n')); line = end + 1) {
                *end = 0;
                note_shared_page(line);
        }
}

/* After the last allocation: allocators of sanitizers look at the clock. */
static bool unmap_shared_pages(void)
{
        bool gone = shared_pages >= 0;

        for (int i = 0; i < shared_pages; i++)
                gone &= munmap((void *)shared_page[i].low,
                               shared_page[i].high - shared_page[i].low) == 0;
        return gone;
}

static void limit_resources(void)
{
        static const int none[] = {RLIMIT_CORE,    RLIMIT_NPROC,
                                   RLIMIT_FSIZE,   RLIMIT_NOFILE,
                                   RLIMIT_MEMLOCK, RLIMIT_MSGQUEUE};
        struct rlimit zero = {0, 0};

        for (size_t i = 0; i < sizeof none / sizeof *none; i++)
                setrlimit((__rlimit_resource_t)none[i], &zero);
}

static bool load_filter(const struct inside_host *host)
{
        return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                       SECCOMP_FILTER_FLAG_TSYNC, &host->filter) == 0;
}

/* --- threads ---------------------------------------------------------- */

static void *thread_main(void *data)
{
        struct loop_thread *thread = data;
        stack_t alternate = {.ss_sp = thread->stack_low - PAGE -
                                      ALTERNATE_BYTES,
                             .ss_size = ALTERNATE_BYTES};
        cpu_set_t set;
        int cpu = plan->cpu[thread->number];

        sigaltstack(&alternate, NULL);
        if (!stop_clock())
                atomic_store(&clock_left, 1);
        if (cpu >= 0) {
                CPU_ZERO(&set);
                CPU_SET(cpu, &set);
                sched_setaffinity(0, sizeof set, &set);
        }
        loop_serve(thread);
}

/* Each thread's memory: guard, fault stack, guard, stack. */
static void start_thread(struct loop_thread *thread)
{
        const size_t stack = CELL_STACK_BYTES + HARNESS_STACK_BYTES;
        char *at = reserve(2 * PAGE + ALTERNATE_BYTES + stack);
        pthread_attr_t attributes;
        pthread_t id;

        thread->stack_low = at + 2 * PAGE + ALTERNATE_BYTES;
        if (mprotect(at + PAGE, ALTERNATE_BYTES, PROT_READ | PROT_WRITE) < 0 ||
            mprotect(thread->stack_low, stack, PROT_READ | PROT_WRITE) < 0)
                unable("thread stack");
        pthread_attr_init(&attributes);
        errno = pthread_attr_setstack(&attributes, thread->stack_low, stack);
        if (!errno)
                errno = pthread_create(&id, &attributes, thread_main, thread);
        if (errno)
                unable("starting a thread");
}

static void start_threads(void **addresses)
{
        struct loop_thread *thread = calloc(plan->threads, sizeof *thread);

        if (!thread)
                unable("memory");
        for (uint32_t i = 0; i < plan->threads; i++) {
                thread[i].loop = &loop;
                thread[i].number = i;
                for (uint32_t s = 0; s < plan->stages; s++) {
                        const struct cell_stage *stage = plan->stage + s;

                        thread[i].local[s] = addresses + stage->first_local +
                                             i * stage->locals;
                }
                start_thread(thread + i);
        }
        /* A thread's first steps in the C library are system calls that the
         * filter would stop. */
        while (atomic_load(&loop.waiting) < plan->threads)
                sched_yield();
}

static void map_plan(const int *file)
{
        off_t bytes = lseek(file[INSIDE_PLAN], 0, SEEK_END);
        void *page = mmap(NULL, CELL_CONTROL_BYTES, PROT_READ | PROT_WRITE,
                          MAP_SHARED, file[INSIDE_CONTROL], 0);

        if (page == MAP_FAILED)
                _exit(1);
        control = page;
        if (bytes < (off_t)sizeof *plan)
                unable("reading the plan");
        page = mmap(NULL, (size_t)bytes, PROT_READ, MAP_SHARED,
                    file[INSIDE_PLAN], 0);
        if (page == MAP_FAILED)
                unable("mapping the plan");
        plan = page;
        if (plan->threads < 1 || plan->threads > CELL_THREADS ||
            plan->stages < 1 || plan->stages > LIMIT_STAGES ||
            plan->sets < 1 || plan->slots < 1 ||
            (uint64_t)bytes <
                    sizeof *plan + plan->pieces * sizeof *plan->piece)
                unable("an impossible plan");
}

_Noreturn void inside_run(const struct inside_host *host,
                          const int file[INSIDE_FILES])
{
        static _Atomic uint32_t never;
        struct pollfd parent = {.fd = host->socket};
        void **addresses;

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (poll(&parent, 1, 0) > 0 && parent.revents & POLLHUP)
                _exit(1);
        setsid();
        map_plan(file);
        watch_faults();
        find_shared_pages();
        addresses = calloc(plan->pieces + 1, sizeof *addresses);
        if (!addresses)
                unable("memory");
        loop.control = control;
        loop.plan = plan;
        map_tensors(file, addresses);
        load_object(file[INSIDE_OBJECT]);
        for (uint32_t s = 0; s < plan->stages; s++)
                loop.parallel |= plan->stage[s].tasks > 1;
        loop.parallel &= plan->threads > 1;
        loop_prepare(&loop);
        leave_the_world(host);
        start_threads(addresses);
        control->vdso_gone = unmap_shared_pages();
        control->clock_gone = stop_clock() && !atomic_load(&clock_left);
        syscall(SYS_close_range, 0U, ~0U, 0U);
        limit_resources();
        if (!load_filter(host))
                unable("the system call filter");
        atomic_store(&loop.gate, 1);
        loop_wake(&loop.gate);
        atomic_store(&control->state, CELL_READY);
        loop_wake(&control->state);
        for (;;)
                loop_wait(&never, 0);
}

int inside_probe(const struct inside_host *host)
{
        int can = 0;

        find_shared_pages();
        if (stop_clock())
                can |= INSIDE_CAN_TSC;
        if (unmap_shared_pages())
                can |= INSIDE_CAN_VDSO;
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && load_filter(host))
                can |= INSIDE_CAN_FILTER;
        return can;
}
