/*
 * Does a built kernel receive what its stage line says? OpenCL binds
 * arguments by position and size at run time, so what a C compiler checks
 * for a C source is checked here from the kernel's own description.
 */
#ifndef KEVO_BACKENDS_OPENCL_CHECK_H
#define KEVO_BACKENDS_OPENCL_CHECK_H

#include "backends/device.h"
#include "backends/opencl/api.h"

/* Number, address spaces and types of the arguments, and whether a group of
 * the stage's size fits the device. ERR_INPUT with a sentence. */
int check_kernel(const struct opencl_api *cl, cl_device id, cl_kernel kernel,
                 const struct device_stage *stage,
                 struct error *err) KEVO_MUST_CHECK;

#endif
