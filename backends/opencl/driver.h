/* The device driver of OpenCL: see backends/device.h. */
#ifndef KEVO_BACKENDS_OPENCL_DRIVER_H
#define KEVO_BACKENDS_OPENCL_DRIVER_H

#include "backends/device.h"

extern const struct device_driver opencl_driver;

#endif
