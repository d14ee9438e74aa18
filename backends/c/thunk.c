/* See thunk.h. */
#include "backends/c/thunk.h"

#include <string.h>

#include "core/text.h"

enum { GROUP_ITEMS = 65536, GROUP_BYTES = 1 << 20 };

/* A type name that needs no header; NULL where sources may choose their own
 * storage type (16-bit floats, booleans) and void * is passed. */
static const char *type_name(enum dtype dtype)
{
        switch (dtype) {
        case DTYPE_F64:
                return "double";
        case DTYPE_F32:
                return "float";
        case DTYPE_I64:
                return "__INT64_TYPE__";
        case DTYPE_I32:
                return "__INT32_TYPE__";
        case DTYPE_I16:
                return "__INT16_TYPE__";
        case DTYPE_I8:
                return "__INT8_TYPE__";
        case DTYPE_U32:
                return "__UINT32_TYPE__";
        case DTYPE_U8:
                return "__UINT8_TYPE__";
        default:
                return NULL;
        }
}

static void print_pointer(struct buf *out, const char *qualifier,
                          enum dtype dtype, const char *from, int n)
{
        const char *type = type_name(dtype);

        if (type)
                buf_printf(out, "(%s%s *)", qualifier, type);
        buf_printf(out, "%s[%d]", from, n);
}

/* Position of a tensor among those of its role. */
static int rank_of(const struct spec *spec, const struct tensor *tensor)
{
        int n = 0;

        for (int i = 0; i < tensor->number; i++)
                n += spec->tensor[i]->role == tensor->role;
        return n;
}

/* One name of a stage's args. */
static void print_argument(const struct source *source,
                           const struct stage *stage, const struct spec *spec,
                           const char *name, struct buf *out)
{
        const struct tensor *tensor = spec_find_tensor(spec, name);
        int i;

        for (i = 0; i < stage->local_count; i++) {
                if (text_equal(stage->local[i].name, name)) {
                        print_pointer(out, "", stage->local[i].dtype, "local",
                                      i);
                        return;
                }
        }
        for (i = 0; i < source->scratch_count; i++) {
                if (text_equal(source->scratch[i].name, name)) {
                        print_pointer(out, "", source->scratch[i].dtype,
                                      "call->scratch", i);
                        return;
                }
        }
        if (tensor && tensor->role == TENSOR_IN)
                print_pointer(out, "const ", tensor->dtype, "call->in",
                              rank_of(spec, tensor));
        else if (tensor)
                print_pointer(out, "", tensor->dtype, "call->out",
                              rank_of(spec, tensor));
}

static bool is_fixed(const struct source *source, const struct size *size)
{
        for (int i = 0; i < source->fix_count; i++) {
                if (source->fix[i] == size)
                        return true;
        }
        return false;
}

static void print_entry(const struct source *source, int number,
                        const struct spec *spec, struct buf *out)
{
        const struct stage *stage = source->stage + number;
        const char *comma = "";
        int i;

        buf_printf(out,
                   "__attribute__((visibility(\"default\")))\n"
                   "void __kevo_stage_%d(__INT64_TYPE__ task, const struct "
                   "__kevo_call *call,\n        void *const *local);\n"
                   "void __kevo_stage_%d(__INT64_TYPE__ task, const struct "
                   "__kevo_call *call,\n        void *const *local)\n"
                   "{\n        (void)task, (void)call, (void)local;\n"
                   "        %s(",
                   number, number, stage->name);
        if (!source->headerless) {
                buf_puts(out, "task");
                comma = ", ";
        }
        for (i = 0; i < stage->arg_count; i++) {
                buf_puts(out, comma);
                print_argument(source, stage, spec, stage->arg[i], out);
                comma = ", ";
        }
        for (i = 0; i < spec->size_count; i++) {
                if (is_fixed(source, spec->size[i]))
                        continue;
                buf_printf(out, "%scall->size[%d]", comma, i);
                comma = ", ";
        }
        for (i = 0; i < spec->param_count; i++) {
                const char *type = type_name(spec->param[i]->dtype);

                buf_printf(out, "%s", comma);
                if (type)
                        buf_printf(out, "(%s)", type);
                buf_printf(out, "call->param[%d]", i);
                comma = ", ";
        }
        buf_puts(out, ");\n}\n");
}

void thunk_print(const struct source *source, const struct spec *spec,
                 struct buf *out)
{
        buf_puts(out, "\n#line 1 \"stage-call\"\n"
                      "struct __kevo_call {\n"
                      "        void *const *in, *const *out, *const *scratch;"
                      "\n        const __INT64_TYPE__ *size;\n"
                      "        const double *param;\n};\n");
        for (int i = 0; i < source->stage_count; i++)
                print_entry(source, i, spec, out);
}

/* Work-items of a group, and the memory that they share. */
static int launch_group(const struct source *source, int number,
                        const struct spec *spec, const struct binding *binding,
                        const struct device_constants *device,
                        struct launch *launch, struct error *err)
{
        const struct stage *stage = source->stage + number;
        int64_t *block = launch->block + number;
        int64_t *shared = launch->shared + number;
        int rc = source_eval(source, stage->block, spec, binding, device,
                             block, err);

        if (rc == 0 && stage->shared)
                rc = source_eval(source, stage->shared, spec, binding, device,
                                 shared, err);
        if (rc == 0 && (*block < 1 || *block > GROUP_ITEMS))
                rc = error_set(err, ERR_INPUT,
                               "%s:%d: stage %s would have groups of %lld "
                               "work-items; 1 to %d are possible",
                               source->file, stage->line, stage->name,
                               (long long)*block, GROUP_ITEMS);
        if (rc == 0 && (*shared < 0 || *shared > GROUP_BYTES))
                rc = error_set(err, ERR_INPUT,
                               "%s:%d: stage %s would share %lld bytes; 0 to "
                               "%d are possible",
                               source->file, stage->line, stage->name,
                               (long long)*shared, GROUP_BYTES);
        return rc;
}

int thunk_launch(const struct source *source, const struct spec *spec,
                 const struct binding *binding,
                 const struct device_constants *device, struct launch *launch,
                 struct error *err)
{
        int rc = 0;

        memset(launch, 0, sizeof *launch);
        for (int i = 0; i < source->stage_count && rc == 0; i++) {
                const struct stage *stage = source->stage + i;

                rc = source_eval(
                        source, stage->tasks ? stage->tasks : stage->grid,
                        spec, binding, device, &launch->tasks[i], err);
                if (rc == 0 && stage->block)
                        rc = launch_group(source, i, spec, binding, device,
                                          launch, err);
                if (rc == 0 &&
                    (launch->tasks[i] < 0 || launch->tasks[i] > INT32_MAX))
                        rc = error_set(err, ERR_INPUT,
                                       "%s:%d: stage %s would have %lld "
                                       "tasks; 0 to 2^31 are possible",
                                       source->file, stage->line, stage->name,
                                       (long long)launch->tasks[i]);
                for (int j = 0; j < stage->local_count && rc == 0; j++)
                        rc = source_scratch_bytes(
                                source, stage->local + j, spec, binding,
                                device, &launch->local_bytes[i][j], err);
        }
        for (int i = 0; i < source->scratch_count && rc == 0; i++)
                rc = source_scratch_bytes(source, source->scratch + i, spec,
                                          binding, device,
                                          &launch->scratch_bytes[i], err);
        return rc;
}
