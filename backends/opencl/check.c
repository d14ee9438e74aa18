/* See check.h. */
#include "backends/opencl/check.h"

#include <string.h>

#include "core/text.h"

/* Names that a pointer to (or value of) a dtype may have. Anything that is
 * in no row is a type of the source's own and not judged. */
static const struct {
        enum dtype dtype;
        const char *name[4];
} types[] = {
        {DTYPE_F64, {"double"}},
        {DTYPE_F32, {"float"}},
        {DTYPE_F16, {"half", "ushort", "short"}},
        {DTYPE_BF16, {"ushort", "short"}},
        {DTYPE_I64, {"long"}},
        {DTYPE_I32, {"int"}},
        {DTYPE_I16, {"short"}},
        {DTYPE_I8, {"char"}},
        {DTYPE_U32, {"uint", "unsigned int"}},
        {DTYPE_U8, {"uchar", "unsigned char"}},
        {DTYPE_BOOL, {"uchar", "unsigned char", "char", "bool"}},
};

enum { TYPES = sizeof types / sizeof *types };

static bool is_type(enum dtype dtype, const char *name)
{
        bool known = false;

        for (int i = 0; i < TYPES; i++) {
                for (int k = 0; k < 4 && types[i].name[k]; k++) {
                        if (!text_equal(types[i].name[k], name))
                                continue;
                        known = true;
                        if (types[i].dtype == dtype)
                                return true;
                }
        }
        return !known;
}

static const char *type_name(enum dtype dtype)
{
        for (int i = 0; i < TYPES; i++)
                if (types[i].dtype == dtype)
                        return types[i].name[0];
        return "?";
}

/* "float*" to "float"; vectors of it are the same to a buffer. */
static void element_name(char *name)
{
        size_t length;

        name[strcspn(name, "*")] = 0;
        length = strlen(name);
        while (length &&
               (name[length - 1] == ' ' ||
                (name[length - 1] >= '0' && name[length - 1] <= '9')))
                name[--length] = 0;
}

static int check_argument(const struct opencl_api *cl, cl_kernel kernel,
                          const struct device_stage *stage, uint32_t number,
                          struct error *err)
{
        const struct device_argument *a = stage->argument + number;
        bool local = (int)number >= stage->argument_count;
        bool pointer = local || a->kind <= DEVICE_SCRATCH;
        uint32_t want = local     ? CL_KERNEL_ARG_ADDRESS_LOCAL
                        : pointer ? CL_KERNEL_ARG_ADDRESS_GLOBAL
                                  : CL_KERNEL_ARG_ADDRESS_PRIVATE;
        uint32_t space = want;
        char name[DEVICE_TEXT_BYTES] = "";

        if (cl->GetKernelArgInfo(kernel, number,
                                 CL_KERNEL_ARG_ADDRESS_QUALIFIER, sizeof space,
                                 &space, NULL) != CL_SUCCESS)
                return 0; /* an implementation that does not tell */
        if (space != want)
                return error_set(err, ERR_INPUT,
                                 "kernel %s: argument %u should be %s",
                                 stage->name, number,
                                 local ? "a __local pointer (its stage has "
                                         "`shared`)"
                                 : pointer ? "a __global pointer"
                                           : "a value");
        if (local ||
            cl->GetKernelArgInfo(kernel, number, CL_KERNEL_ARG_TYPE_NAME,
                                 sizeof name - 1, name, NULL) != CL_SUCCESS)
                return 0;
        if (pointer)
                element_name(name);
        if (!is_type((enum dtype)a->dtype, name))
                return error_set(
                        err, ERR_INPUT,
                        "kernel %s: argument %u is of type %s, should "
                        "be %s%s",
                        stage->name, number, name,
                        type_name((enum dtype)a->dtype), pointer ? " *" : "");
        return 0;
}

static int check_group(const struct opencl_api *cl, cl_device id,
                       cl_kernel kernel, const struct device_stage *stage,
                       struct error *err)
{
        uint64_t local = 0, have = 0;
        size_t most = 0;

        if (cl->GetKernelWorkGroupInfo(kernel, id, CL_KERNEL_WORK_GROUP_SIZE,
                                       sizeof most, &most,
                                       NULL) == CL_SUCCESS &&
            most && stage->block > (int64_t)most)
                return error_set(err, ERR_INPUT,
                                 "kernel %s: a group of %lld work-items is "
                                 "more than the %zu that this device runs",
                                 stage->name, (long long)stage->block, most);
        cl->GetKernelWorkGroupInfo(kernel, id, CL_KERNEL_LOCAL_MEM_SIZE,
                                   sizeof local, &local, NULL);
        cl->GetDeviceInfo(id, CL_DEVICE_LOCAL_MEM_SIZE, sizeof have, &have,
                          NULL);
        local += (uint64_t)stage->shared;
        if (have && local > have)
                return error_set(err, ERR_INPUT,
                                 "kernel %s: %llu bytes of local memory are "
                                 "more than the %llu of this device",
                                 stage->name, (unsigned long long)local,
                                 (unsigned long long)have);
        return 0;
}

int check_kernel(const struct opencl_api *cl, cl_device id, cl_kernel kernel,
                 const struct device_stage *stage, struct error *err)
{
        uint32_t count = 0,
                 want = (uint32_t)stage->argument_count + (stage->shared > 0);
        int rc = 0;

        if (cl->GetKernelInfo(kernel, CL_KERNEL_NUM_ARGS, sizeof count, &count,
                              NULL) == CL_SUCCESS &&
            count != want)
                return error_set(err, ERR_INPUT,
                                 "kernel %s has %u arguments, its stage line "
                                 "makes %u: args, unfixed sizes, "
                                 "parameters%s",
                                 stage->name, count, want,
                                 stage->shared ? ", a __local pointer" : "");
        for (uint32_t i = 0; i < want && rc == 0; i++)
                rc = check_argument(cl, kernel, stage, i, err);
        return rc < 0 ? rc : check_group(cl, id, kernel, stage, err);
}
