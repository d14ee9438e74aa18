/* See inside_loop.h. */
#include "evaluate/inside_loop.h"

#include <limits.h>
#include <linux/futex.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#if defined(__clang__)
#define PLAIN __attribute__((no_sanitize("address", "undefined", "thread")))
#else
#define PLAIN                                                            \
        __attribute__((no_sanitize("address"), no_sanitize("undefined"), \
                       no_sanitize("thread")))
#endif

#define IN_LINE PLAIN __attribute__((always_inline))

enum {
        SPINS = 4000,       /* before sleeping at a barrier or command */
        SHARE = 8,          /* chunks a thread of one stage */
        MXCSR = 0x1f80,     /* every exception masked, round to nearest */
        MXCSR_FLAGS = 0x3f, /* sticky exception flags: any kernel sets them */
        DIRECTION_FLAG = 0x400
};

/* --- system calls ----------------------------------------------------- */

#if defined(__x86_64__)
PLAIN static long futex(_Atomic uint32_t *word, long operation, long value)
{
        register long timeout __asm__("r10") = 0;
        long result;

        __asm__ volatile("syscall"
                         : "=a"(result)
                         : "a"(SYS_futex), "D"(word), "S"(operation),
                           "d"(value), "r"(timeout)
                         : "rcx", "r11", "memory");
        return result;
}

PLAIN static void relax(void)
{
        __asm__ volatile("pause");
}
#else
PLAIN static long futex(_Atomic uint32_t *word, long operation, long value)
{
        return syscall(SYS_futex, word, operation, value, NULL);
}

PLAIN static void relax(void)
{
        __asm__ volatile("" ::: "memory");
}
#endif

PLAIN void loop_wait(_Atomic uint32_t *word, uint32_t seen)
{
        for (int i = 0; i < SPINS; i++) {
                if (atomic_load_explicit(word, memory_order_acquire) != seen)
                        return;
                relax();
        }
        while (atomic_load_explicit(word, memory_order_acquire) == seen)
                futex(word, FUTEX_WAIT, seen);
}

PLAIN void loop_wake(_Atomic uint32_t *word)
{
        futex(word, FUTEX_WAKE, INT_MAX);
}

/* --- the processor's state -------------------------------------------- */

#if defined(__x86_64__)
static _Alignas(64) const struct {
        uint16_t x87_control;
        uint8_t skipped[22];
        uint32_t mxcsr, mxcsr_mask;
        uint8_t rest[4096 - 32]; /* a header of zeros: initial state */
} initial_state = {.x87_control = 0x37f, .mxcsr = MXCSR};

void loop_prepare(struct loop *loop)
{
        unsigned a, b, c = 0, d, low, high;

        loop->segment_bases = getauxval(AT_HWCAP2) & 2;
        loop->xsave = __get_cpuid(1, &a, &b, &c, &d) && (c >> 27 & 1);
        if (!loop->xsave)
                return;
        __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
        /* Tile state (17, 18) needs a permission that a cell never asks
         * for, and touching it would fault. */
        loop->xsave_mask = (((uint64_t)high << 32) | low) & 0x1ffff;
}

/* Registers that could carry a value from one batch to the next. */
PLAIN static void reset_processor(const struct loop *loop)
{
        static const uint32_t mxcsr = MXCSR;

        if (loop->xsave)
                __asm__ volatile(
                        "xrstor64 %0"
                        :
                        : "m"(initial_state), "a"((uint32_t)loop->xsave_mask),
                          "d"((uint32_t)(loop->xsave_mask >> 32))
                        : "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4",
                          "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
                          "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
        else
                __asm__ volatile("fninit\n\tldmxcsr %0" : : "m"(mxcsr));
}

/* Did foreign code leave rounding or flushing changed? Puts it right. */
PLAIN static bool rounding_changed(void)
{
        static const uint32_t clean = MXCSR;
        uint32_t now;
        uint16_t x87;

        __asm__ volatile("stmxcsr %0" : "=m"(now));
        __asm__ volatile("fnstcw %0" : "=m"(x87));
        if ((now & ~(uint32_t)MXCSR_FLAGS) == MXCSR && x87 == 0x37f)
                return false;
        __asm__ volatile("ldmxcsr %0" : : "m"(clean));
        __asm__ volatile("fninit");
        return true;
}

/* Did foreign code leave what every function owes its caller undone: copies
 * that run forwards, an empty floating-point stack? Puts it right. */
PLAIN static bool conventions_broken(void)
{
        struct {
                uint32_t control, status, tags, rest[4];
        } x87;
        uint64_t flags = __builtin_ia32_readeflags_u64();

        __asm__ volatile("cld" : : : "cc");
        __asm__ volatile("fnstenv %0" : "=m"(x87));
        if (!(flags & DIRECTION_FLAG) && (x87.tags & 0xffff) == 0xffff)
                return false;
        __asm__ volatile("fninit");
        return true;
}

PLAIN static uint64_t segment_base(const struct loop *loop, bool gs)
{
        uint64_t base = 0;

        if (!loop->segment_bases)
                return 0;
        if (gs)
                __asm__ volatile("rdgsbase %0" : "=r"(base));
        else
                __asm__ volatile("rdfsbase %0" : "=r"(base));
        return base;
}

PLAIN static void restore_bases(const struct loop *loop, uint64_t fs,
                                uint64_t gs)
{
        if (!loop->segment_bases)
                return;
        __asm__ volatile("wrfsbase %0" : : "r"(fs));
        __asm__ volatile("wrgsbase %0" : : "r"(gs));
}
#else
void loop_prepare(struct loop *loop)
{
        (void)loop;
}

PLAIN static void reset_processor(const struct loop *loop)
{
        (void)loop;
}

PLAIN static bool rounding_changed(void)
{
        return false;
}

PLAIN static bool conventions_broken(void)
{
        return false;
}

PLAIN static uint64_t segment_base(const struct loop *loop, bool gs)
{
        (void)loop, (void)gs;
        return 0;
}

PLAIN static void restore_bases(const struct loop *loop, uint64_t fs,
                                uint64_t gs)
{
        (void)loop, (void)fs, (void)gs;
}
#endif

/* --- the stack --------------------------------------------------------- */

/* What is below this is nobody's: the next call begins here. In line, so that
 * it is the caller's, and only in functions that call others, which have no
 * red zone. A kernel keeps what lies between it and its own frames. */
#if defined(__x86_64__) || defined(__aarch64__)
IN_LINE static inline char *stack_end(void)
{
        char *end;

#if defined(__x86_64__)
        __asm__ volatile("mov %%rsp, %0" : "=r"(end));
#else
        __asm__ volatile("mov %0, sp" : "=r"(end));
#endif
        return end;
}
#else
IN_LINE static inline char *stack_end(void)
{
        return (char *)__builtin_frame_address(0) - 512;
}
#endif

/* Overwrite the unused stack. */
IN_LINE static inline void scribble(char *low, int value)
{
        char *end = stack_end();
#if defined(__x86_64__)
        size_t count = end > low ? (size_t)(end - low) : 0;

        __asm__ volatile("cld\n\trep stosb"
                         : "+D"(low), "+c"(count)
                         : "a"(value)
                         : "memory");
#else
        for (volatile char *at = low; (char *)at < end; at++)
                *at = (char)value;
#endif
}

/* Where in a stack that was clean before the batch is something left? */
IN_LINE static inline uint32_t stack_left(const char *low)
{
        const char *end = stack_end();
        const volatile uint64_t *word = (const volatile uint64_t *)low;

        while ((const char *)word < end && !*word)
                word++;
        return (uint32_t)((const char *)word - low);
}

/* --- calls ------------------------------------------------------------ */

/* All threads of the cell meet; the last one opens the next stage. The
 * system call is made only when somebody sleeps: a barrier between short
 * stages must not cost one. */
PLAIN static void meet(struct loop *loop)
{
        uint32_t phase, last = loop->plan->threads - 1;

        if (!loop->parallel)
                return;
        phase = atomic_load(&loop->phase);
        if (atomic_fetch_add(&loop->arrived, 1) == last) {
                atomic_store(&loop->arrived, 0);
                atomic_store(&loop->next, 0);
                atomic_store(&loop->phase, phase + 1);
                if (atomic_load(&loop->sleepers))
                        loop_wake(&loop->phase);
                return;
        }
        for (int i = 0; i < SPINS; i++) {
                if (atomic_load(&loop->phase) != phase)
                        return;
                relax();
        }
        atomic_fetch_add(&loop->sleepers, 1);
        while (atomic_load(&loop->phase) == phase)
                futex(&loop->phase, FUTEX_WAIT, phase);
        atomic_fetch_sub(&loop->sleepers, 1);
}

/* Number of the i-th task in the order asked for. The stride is a prime
 * beyond any number of tasks, so it has no common factor with it. */
PLAIN static int64_t task_number(int64_t i, int64_t tasks, uint32_t flags)
{
        if (flags & CELL_REVERSED)
                return tasks - 1 - i;
        if (flags & CELL_STRIDED)
                return (int64_t)((uint64_t)i * UINT64_C(2147483659) %
                                 (uint64_t)tasks);
        return i;
}

PLAIN static void run_stage(struct loop_thread *thread, uint32_t stage,
                            const struct thunk_call *call, uint32_t flags)
{
        struct loop *loop = thread->loop;
        int64_t tasks = loop->plan->stage[stage].tasks, chunk, i, end;
        thunk_entry *entry = loop->entry[stage];
        void *const *local = thread->local[stage];

        if (flags & CELL_SCRIBBLE)
                scribble(thread->stack_low, 0xa5);
        if (!loop->parallel) {
                for (i = 0; i < tasks; i++)
                        entry(task_number(i, tasks, flags), call, local);
        } else {
                chunk = tasks / (loop->plan->threads * SHARE);
                chunk = chunk ? chunk : 1;
                while ((i = atomic_fetch_add(&loop->next, chunk)) < tasks) {
                        end = i + chunk < tasks ? i + chunk : tasks;
                        for (; i < end; i++)
                                entry(task_number(i, tasks, flags), call,
                                      local);
                }
        }
        if (rounding_changed())
                loop->control->environment_changed = 1;
        meet(loop);
}

/* Zeroing is part of a call, and timed with it. */
PLAIN static void clear_scratch(struct loop_thread *thread)
{
        const struct cell_plan *plan = thread->loop->plan;
        bool any = false;

        for (uint32_t i = 0; i < plan->scratches; i++) {
                if (!plan->zero[i])
                        continue;
                any = true;
                if (thread->number == 0)
                        __builtin_memset(
                                thread->loop->scratch[i], 0,
                                plan->piece[plan->first_scratch + i].bytes);
        }
        if (any)
                meet(thread->loop);
}

/* Read a set's inputs, a word a cache line. */
PLAIN static void touch(const struct loop *loop, uint32_t set)
{
        const struct cell_plan *plan = loop->plan;

        for (uint32_t i = 0; set < plan->sets && i < plan->inputs; i++) {
                uint32_t n = set * plan->inputs + i;
                const volatile char *at = loop->in[n];

                for (uint64_t b = 0; b < plan->piece[n].bytes; b += 64)
                        (void)at[b];
        }
}

/* Write every word again: as it is (keep), or as a pattern. To the caches and
 * the memory both are the same, instruction by instruction. */
IN_LINE static inline void rewrite(char *at, uint64_t bytes, uint64_t pattern,
                                   bool keep)
{
        const uint64_t kept = keep ? UINT64_MAX : 0, new = pattern & ~kept;
        volatile uint64_t *word = (volatile uint64_t *)(void *)at;
        volatile char *byte = at;

        for (uint64_t i = 0; i < bytes / 8; i++)
                word[i] = (word[i] & kept) | new;
        for (uint64_t i = bytes / 8 * 8; i < bytes; i++)
                byte[i] = (char)(((uint64_t)byte[i] & kept) | new);
}

/* Write what a kernel can have left in memory of its own: outputs, scratch,
 * locals. */
PLAIN static void rewrite_work(struct loop_thread *thread,
                               const struct thunk_call *call, bool keep)
{
        const struct cell_plan *plan = thread->loop->plan;
        const struct cell_piece *output = plan->piece + plan->first_output;
        const struct cell_piece *scratch = plan->piece + plan->first_scratch;

        for (uint32_t s = 0; s < plan->stages; s++) {
                const struct cell_stage *stage = plan->stage + s;

                for (uint32_t i = 0; i < stage->locals; i++)
                        rewrite(thread->local[s][i],
                                plan->piece[stage->first_local + i].bytes, 0,
                                keep);
        }
        for (uint32_t i = 0; thread->number == 0 && i < plan->outputs; i++)
                rewrite(call->out[i], output[i].bytes,
                        UINT64_C(0xa5a5a5a5a5a5a5a5), keep);
        for (uint32_t i = 0; thread->number == 0 && i < plan->scratches; i++)
                rewrite(call->scratch[i], scratch[i].bytes, 0, keep);
}

/* Before a call whose state is in question: all is written, unless it is kept
 * registers too; then the inputs are read, so that they are as near as they
 * can be. In line: the caller's frame is the last that is not written. */
IN_LINE static inline void disturb(struct loop_thread *thread, uint32_t set,
                                   const struct thunk_call *call,
                                   uint32_t flags)
{
        bool keep = !(flags & CELL_WIPE);
        char *low = thread->stack_low + thread->loop->control->stack_from;
        char *end;

        rewrite_work(thread, call, keep);
        end = stack_end();
        if (end > low)
                rewrite(low, (uint64_t)(end - low), 0, keep);
        if (!keep)
                reset_processor(thread->loop);
        touch(thread->loop, set);
        meet(thread->loop);
}

PLAIN static void run_calls(struct loop_thread *thread)
{
        struct loop *loop = thread->loop;
        const struct cell_plan *plan = loop->plan;
        const struct cell_control *control = loop->control;
        uint32_t calls = control->calls, flags = control->flags;
        uint32_t set = control->set % plan->sets;
        uint32_t slot = control->slot % plan->slots;
        uint32_t set_step = control->set_step % plan->sets;
        uint32_t slot_step = control->slot_step % plan->slots;
        struct thunk_call call = {.scratch = (void *const *)loop->scratch,
                                  .size = plan->size,
                                  .param = plan->param};

        for (uint32_t c = 0; c < calls; c++) {
                call.in = (void *const *)loop->in + set * plan->inputs;
                call.out = (void *const *)loop->out + slot * plan->outputs;
                if (flags & (CELL_WIPE | CELL_KEEP))
                        disturb(thread, set, &call, flags);
                clear_scratch(thread);
                for (uint32_t s = 0; s < plan->stages && !(flags & CELL_SKIP);
                     s++)
                        run_stage(thread, s, &call, flags);
                set += set_step;
                set -= set >= plan->sets ? plan->sets : 0;
                slot += slot_step;
                slot -= slot >= plan->slots ? plan->slots : 0;
        }
}

PLAIN _Noreturn void loop_serve(struct loop_thread *thread)
{
        struct loop *loop = thread->loop;
        struct cell_control *control = loop->control;
        uint32_t seen = 0;
        uint64_t fs, gs;

        atomic_fetch_add(&loop->waiting, 1);
        loop_wait(&loop->gate, 0);
        for (;;) {
                loop_wait(&control->command, seen);
                seen = atomic_load_explicit(&control->command,
                                            memory_order_acquire);
                fs = segment_base(loop, false);
                gs = segment_base(loop, true);
                reset_processor(loop);
                scribble(thread->stack_low, 0);
                if (thread->number == 0 || loop->parallel)
                        run_calls(thread);
                if (thread->number == 0 &&
                    control->flags & (CELL_WIPE | CELL_KEEP))
                        control->stack_left = stack_left(thread->stack_low);
                if (conventions_broken())
                        control->environment_changed = 1;
                if (segment_base(loop, false) != fs ||
                    segment_base(loop, true) != gs) {
                        control->environment_changed = 1;
                        restore_bases(loop, fs, gs);
                }
                if (thread->number)
                        continue;
                atomic_store_explicit(&control->done, seen,
                                      memory_order_release);
                loop_wake(&control->done);
        }
}
