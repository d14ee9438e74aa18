/* See rig.h. */
#include "evaluate/rig.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TAMPER_BYTES = 8 }; /* a word that is changed as one */

void rig_close(struct rig *rig)
{
        cell_end(&rig->cell);
        memory_dispose(&rig->work);
        free(rig->plan);
        *rig = (struct rig){0};
}

/* Thread t runs on the t-th processor that is ours, or the t-th from a random
 * one on: a thread that wanders between processors is noise. */
static void choose_processors(struct cell_plan *plan, enum rig_use use)
{
        cpu_set_t set;
        int cpu = 0, skip = 0;

        for (int i = 0; i < CELL_THREADS; i++)
                plan->cpu[i] = -1;
        if (sched_getaffinity(0, sizeof set, &set) < 0)
                return;
        if (use == RIG_STATE)
                skip = (int)(rng_secret() % (uint64_t)CPU_COUNT(&set));
        for (uint32_t t = 0; t < plan->threads; t++) {
                while (cpu < CPU_SETSIZE &&
                       (!CPU_ISSET(cpu, &set) || skip-- > 0))
                        cpu++;
                if (cpu == CPU_SETSIZE)
                        return;
                plan->cpu[t] = (int16_t)cpu++;
        }
}

static uint32_t count_locals(const struct program *program, uint32_t threads)
{
        uint32_t count = 0;

        for (int s = 0; s < program->source->stage_count; s++)
                count += (uint32_t)program->source->stage[s].local_count *
                         threads;
        return count;
}

static void name_tensors(struct cell_plan *plan, const struct stock *stock)
{
        char(*next)[LIMIT_NAME_BYTES] = plan->tensor;

        for (int i = 0; i < stock->inputs; i++)
                snprintf(*next++, LIMIT_NAME_BYTES, "%s",
                         stock->input[i]->name);
        for (int o = 0; o < stock->outputs; o++)
                snprintf(*next++, LIMIT_NAME_BYTES, "%s",
                         stock->output[o]->name);
}

/* Where an output lies in its pages. Unmapped memory guards the pages of a
 * cell; a device has margins only. */
static enum memory_layout layout_of(const struct cell_plan *plan,
                                    enum rig_use use, uint32_t slot)
{
        if (plan->remote)
                return MEMORY_BETWEEN;
        return use == RIG_VERIFY && slot % 2 ? MEMORY_AT_START : MEMORY_AT_END;
}

/* Work memory: slots of outputs, scratch, locals of every thread. */
static void place_work(struct cell_plan *plan, const struct program *program,
                       const struct stock *stock, enum rig_use use)
{
        const struct source *source = program->source;
        uint32_t next = plan->first_output;
        uint64_t end = 0;

        for (uint32_t slot = 0; slot < plan->slots; slot++) {
                for (int o = 0; o < stock->outputs; o++)
                        memory_place(
                                plan->piece + next++, &end,
                                (uint64_t)spec_tensor_bytes(stock->output[o],
                                                            &stock->binding),
                                layout_of(plan, use, slot));
        }
        for (int i = 0; i < source->scratch_count; i++) {
                plan->zero[i] = source->scratch[i].zero;
                memory_place(plan->piece + next++, &end,
                             (uint64_t)program->launch.scratch_bytes[i],
                             layout_of(plan, use, 0));
        }
        for (int s = 0; s < source->stage_count; s++) {
                struct cell_stage *stage = plan->stage + s;

                stage->tasks = program->launch.tasks[s];
                stage->locals = (uint32_t)source->stage[s].local_count;
                stage->first_local = next;
                for (uint32_t t = 0; t < plan->threads; t++) {
                        for (uint32_t i = 0; i < stage->locals; i++)
                                memory_place(plan->piece + next++, &end,
                                             (uint64_t)program->launch
                                                     .local_bytes[s][i],
                                             MEMORY_AT_END);
                }
        }
        plan->work_bytes = end;
}

static int make_plan(struct rig *rig, enum rig_use use, struct error *err)
{
        const struct program *program = rig->program;
        const struct stock *stock = rig->stock;
        const struct spec *spec = program->spec;
        struct cell_plan *plan;
        uint32_t threads = (uint32_t)rig->threads;
        uint32_t pieces = (uint32_t)(stock->sets * stock->inputs +
                                     rig->slots * stock->outputs +
                                     program->source->scratch_count) +
                          count_locals(program, threads);

        rig->plan_bytes = sizeof *plan + pieces * sizeof *plan->piece;
        rig->plan = plan = calloc(1, rig->plan_bytes);
        if (!plan)
                return error_memory(err);
        plan->threads = threads;
        plan->stages = (uint32_t)program->source->stage_count;
        plan->inputs = (uint32_t)stock->inputs;
        plan->outputs = (uint32_t)stock->outputs;
        plan->sets = (uint32_t)stock->sets;
        plan->slots = (uint32_t)rig->slots;
        plan->scratches = (uint32_t)program->source->scratch_count;
        plan->first_output = plan->sets * plan->inputs;
        plan->first_scratch = plan->first_output + plan->slots * plan->outputs;
        plan->pieces = pieces;
        plan->guarded = use == RIG_VERIFY;
        plan->remote = program->backend->driver != NULL;
        plan->shift = (uint32_t)(rng_secret() % 64);
        plan->input_bytes = stock->memory.bytes;
        for (int i = 0; i < spec->size_count; i++)
                plan->size[i] = stock->binding.size[i];
        for (int i = 0; i < spec->param_count; i++)
                plan->param[i] = stock->binding.param[i];
        memcpy(plan->piece, stock->piece,
               plan->first_output * sizeof *plan->piece);
        place_work(plan, program, stock, use);
        name_tensors(plan, stock);
        choose_processors(plan, use);
        return 0;
}

int rig_restart(struct rig *rig, struct zygote *zygote, struct error *err)
{
        cell_end(&rig->cell);
        rig->plan->shift = (uint32_t)(rng_secret() % 64);
        return cell_start(&rig->cell, zygote, rig->program->object.fd,
                          rig->stock->memory.fd, rig->work.fd, rig->plan,
                          rig->plan_bytes, err);
}

int rig_open(struct rig *rig, struct zygote *zygote,
             const struct program *program, const struct stock *stock,
             int slots, int threads, enum rig_use use, struct error *err)
{
        int rc;

        *rig = (struct rig){.program = program,
                            .stock = stock,
                            .slots = slots,
                            .threads = program_threads(program, threads),
                            .canary = rng_secret()};
        rc = make_plan(rig, use, err);
        if (rc == 0)
                rc = memory_create(&rig->work, rig->plan->work_bytes, err);
        if (rc == 0) {
                for (uint32_t i = rig->plan->first_output;
                     i < rig->plan->pieces; i++)
                        memory_arm(&rig->work, rig->plan->piece + i,
                                   rig->canary);
                rc = rig_restart(rig, zygote, err);
        }
        if (rc < 0)
                rig_close(rig);
        return rc;
}

int rig_run(struct rig *rig, const struct cell_batch *batch,
            int64_t timeout_ns, int64_t *elapsed_ns, struct error *err)
{
        int64_t elapsed = 0;
        int rc = cell_run(&rig->cell, batch, timeout_ns, &elapsed, err);

        rig->calls_ns += rc < 0 ? 0 : elapsed;
        if (elapsed_ns)
                *elapsed_ns = elapsed;
        return rc;
}

static const struct cell_piece *output_piece(const struct rig *rig, int slot,
                                             int o)
{
        return rig->plan->piece + rig->plan->first_output +
               slot * rig->stock->outputs + o;
}

void *rig_output(const struct rig *rig, int slot, int o)
{
        return memory_data(&rig->work, output_piece(rig, slot, o));
}

/* The pattern as an element of a type: a quiet NaN with a payload, or bits
 * that differ from byte to byte. */
static uint64_t pattern_bits(enum dtype dtype, uint64_t pattern)
{
        switch (dtype) {
        case DTYPE_F64:
                return UINT64_C(0x7ff8000000000000) |
                       (pattern & UINT64_C(0x7ffffffffffff));
        case DTYPE_F32:
                return 0x7fc00000 | (pattern & 0x3fffff);
        case DTYPE_F16:
                return 0x7e00 | (pattern & 0x1ff);
        case DTYPE_BF16:
                return 0x7fc0 | (pattern & 0x3f);
        case DTYPE_BOOL:
                return 2 | (pattern & 0x7c);
        default:
                return pattern;
        }
}

void rig_poison(struct rig *rig, int slot, uint64_t pattern)
{
        for (int o = 0; o < rig->stock->outputs; o++) {
                enum dtype dtype = rig->stock->output[o]->dtype;
                size_t size = dtype_bytes(dtype);
                uint64_t bits = pattern_bits(dtype, pattern);
                char *at = rig_output(rig, slot, o);
                uint64_t bytes = output_piece(rig, slot, o)->bytes;

                for (uint64_t i = 0; i < bytes; i += size)
                        memcpy(at + i, &bits, size);
        }
}

int64_t rig_unwritten(const struct rig *rig, int slot, int o, uint64_t pattern,
                      const struct rig *other, int other_slot,
                      uint64_t other_pattern)
{
        enum dtype dtype = rig->stock->output[o]->dtype;
        size_t size = dtype_bytes(dtype);
        uint64_t a = pattern_bits(dtype, pattern);
        uint64_t b = pattern_bits(dtype, other_pattern);
        const char *x = rig_output(rig, slot, o);
        const char *y = rig_output(other, other_slot, o);
        uint64_t bytes = (uint64_t)stock_result_bytes(rig->stock, 0, o);

        for (uint64_t i = 0; i < bytes; i += size) {
                if (memcmp(x + i, &a, size) == 0 &&
                    memcmp(y + i, &b, size) == 0)
                        return (int64_t)(i / size);
        }
        return -1;
}

void rig_scramble(struct rig *rig, uint64_t pattern)
{
        for (uint32_t i = rig->plan->first_scratch; i < rig->plan->pieces;
             i++) {
                const struct cell_piece *p = rig->plan->piece + i;

                memset(memory_data(&rig->work, p), (int)(pattern & 0xff),
                       p->bytes);
        }
}

/* A word of a piece; the last may be shorter. */
struct word {
        char *at;
        size_t bytes;
};

static struct word word_of(const struct rig *rig, const struct cell_piece *p,
                           uint64_t i)
{
        uint64_t rest = p->bytes - i * TAMPER_BYTES;

        return (struct word){memory_data(&rig->work, p) + i * TAMPER_BYTES,
                             rest < TAMPER_BYTES ? rest : TAMPER_BYTES};
}

static uint64_t words_of(const struct cell_piece *p)
{
        return (p->bytes + TAMPER_BYTES - 1) / TAMPER_BYTES;
}

/* Was it written to since all its bytes were `clean`? */
static bool is_left(struct word word, char clean)
{
        for (size_t i = 0; i < word.bytes; i++) {
                if (word.at[i] != clean)
                        return true;
        }
        return false;
}

/* Change an interval of the words that are left in a piece; false when none
 * is. */
static bool tamper_piece(struct rig *rig, const struct cell_piece *p,
                         char clean, struct rng *rng)
{
        uint64_t count = words_of(p), left = 0, length, from, rank = 0;
        uint64_t change = rng_next(rng) | 1;

        for (uint64_t i = 0; i < count; i++)
                left += is_left(word_of(rig, p, i), clean);
        if (!left)
                return false;
        length = (uint64_t)pow((double)left, rng_unit(rng));
        from = rng_below(rng, left - length + 1);
        for (uint64_t i = 0; i < count && rank < from + length; i++) {
                struct word word = word_of(rig, p, i);

                if (!is_left(word, clean) || rank++ < from)
                        continue;
                for (size_t b = 0; b < word.bytes; b++)
                        word.at[b] ^= (char)(change >> 8 * b);
        }
        return true;
}

void rig_tamper(struct rig *rig, int slot, uint64_t pattern, struct rng *rng)
{
        const struct cell_plan *plan = rig->plan;
        uint32_t buffers = plan->pieces - plan->first_scratch;
        uint32_t count = plan->outputs + buffers;
        uint32_t first = (uint32_t)rng_below(rng, count);

        for (uint32_t k = 0; k < count; k++) {
                uint32_t n = (first + k) % count;

                if (n < plan->outputs)
                        n += plan->first_output +
                             (uint32_t)slot * plan->outputs;
                else
                        n += plan->first_scratch - plan->outputs;
                if (tamper_piece(rig, plan->piece + n, (char)pattern, rng))
                        return;
        }
}

bool rig_bounds(const struct rig *rig, char *text)
{
        const struct cell_plan *plan = rig->plan;
        int64_t where = 0;

        for (uint32_t i = plan->first_output; i < plan->pieces; i++) {
                const struct cell_piece *p = plan->piece + i;

                if (memory_intact(&rig->work, p, rig->canary, &where))
                        continue;
                snprintf(text, 256, "wrote %lld bytes %s %s %s",
                         (long long)(where < 0
                                             ? -where
                                             : where - (int64_t)p->bytes + 1),
                         where < 0 ? "before the start of" : "past the end of",
                         i < plan->first_scratch ? "output" : "a buffer",
                         i < plan->first_scratch
                                 ? rig->stock
                                           ->output[(i - plan->first_output) %
                                                    plan->outputs]
                                           ->name
                                 : "of its own");
                return false;
        }
        return true;
}
