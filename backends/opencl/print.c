/*
 * OpenCL C as a dialect. 16-bit floats are bits: vload_half and vstore_half
 * are in every OpenCL 1.2 device, arithmetic on half (cl_khr_fp16) is not.
 */
#include "backends/opencl/print.h"

#include "backends/simt/print.h"

static const struct dialect_helper helpers[] = {
        {"floor_div",
         "static inline long floor_div(long a, long b)\n"
         "{\n"
         "        return a / b - (a % b != 0 && (a < 0) != (b < 0));\n"
         "}\n"},
        {"floor_mod", "static inline long floor_mod(long a, long b)\n"
                      "{\n"
                      "        long r = a % b;\n"
                      "\n"
                      "        return r != 0 && (r < 0) != (b < 0) ? r + b : "
                      "r;\n"
                      "}\n"},
        {"min_int", "static inline long min_int(long a, long b)\n"
                    "{\n"
                    "        return a < b ? a : b;\n"
                    "}\n"},
        {"max_int", "static inline long max_int(long a, long b)\n"
                    "{\n"
                    "        return a > b ? a : b;\n"
                    "}\n"},
        {"min_nan", "static inline float min_nan(float a, float b)\n"
                    "{\n"
                    "        return isnan(a) || isnan(b) ? a + b : fmin(a, "
                    "b);\n"
                    "}\n"},
        {"max_nan", "static inline float max_nan(float a, float b)\n"
                    "{\n"
                    "        return isnan(a) || isnan(b) ? a + b : fmax(a, "
                    "b);\n"
                    "}\n"},
        {"min_nan_f64", "static inline double min_nan_f64(double a, double "
                        "b)\n"
                        "{\n"
                        "        return isnan(a) || isnan(b) ? a + b : "
                        "fmin(a, b);\n"
                        "}\n"},
        {"max_nan_f64", "static inline double max_nan_f64(double a, double "
                        "b)\n"
                        "{\n"
                        "        return isnan(a) || isnan(b) ? a + b : "
                        "fmax(a, b);\n"
                        "}\n"},
        {"f32_from_f16", "static inline float f32_from_f16(ushort bits)\n"
                         "{\n"
                         "        return vload_half(0, (const half *)&bits);\n"
                         "}\n"},
        {"f16_from_f32", "/* To the nearest, ties to even. */\n"
                         "static inline ushort f16_from_f32(float value)\n"
                         "{\n"
                         "        ushort bits;\n"
                         "\n"
                         "        vstore_half_rte(value, 0, (half *)&bits);\n"
                         "        return bits;\n"
                         "}\n"},
        {"f32_from_bf16", "static inline float f32_from_bf16(ushort bits)\n"
                          "{\n"
                          "        return as_float((uint)bits << 16);\n"
                          "}\n"},
        {"bf16_from_f32",
         "/* To the nearest, ties to even. */\n"
         "static inline ushort bf16_from_f32(float value)\n"
         "{\n"
         "        uint u = as_uint(value);\n"
         "\n"
         "        if (isnan(value))\n"
         "                return (ushort)(u >> 16 | 64);\n"
         "        return (ushort)((u + 0x7fff + (u >> 16 & 1)) >> 16);\n"
         "}\n"},
        {0}};

static const struct dialect opencl_dialect = {
        .language = "opencl",
        .kernel = "__kernel __attribute__((reqd_work_group_size(%d, 1, 1)))",
        .global = "__global ",
        .restricted = "restrict",
        .shared = "__local ",
        .group = "get_group_id(0)",
        .item = "get_local_id(0)",
        .barrier = "barrier(CLK_LOCAL_MEM_FENCE);",
        .type = {[DTYPE_F64] = "double",
                 [DTYPE_F32] = "float",
                 [DTYPE_F16] = "ushort",
                 [DTYPE_BF16] = "ushort",
                 [DTYPE_I64] = "long",
                 [DTYPE_I32] = "int",
                 [DTYPE_I16] = "short",
                 [DTYPE_I8] = "char",
                 [DTYPE_U32] = "uint",
                 [DTYPE_U8] = "uchar",
                 [DTYPE_BOOL] = "uchar"},
        .suffix = "L",
        .infinity = "INFINITY",
        .not_a_number = "NAN",
        .f64_line = "#pragma OPENCL EXTENSION cl_khr_fp64 : enable\n",
        .unroll = "#pragma unroll %d",
        .helper = helpers};

int opencl_print(const struct thread_program *program, const char *origin,
                 struct buf *out, struct error *err)
{
        return simt_print(&opencl_dialect, program, origin, out, err);
}
