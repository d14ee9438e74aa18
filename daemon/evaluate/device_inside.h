/*
 * Inside a device process: one program on one device, driven over the same
 * control page as a cell (cell_plan.h). Tensors live in the device's own
 * buffers; a push copies the work file into them, a pull copies them back,
 * both outside of what is timed.
 *
 * On a processor (PoCL) foreign code runs natively in here, and on a GPU a
 * large driver does. As in a cell there is no secret, no expected value and
 * no clock that anybody believes; unlike a cell there are files and system
 * calls (device_sandbox.h), which the grade says.
 */
#ifndef KEVO_EVALUATE_DEVICE_INSIDE_H
#define KEVO_EVALUATE_DEVICE_INSIDE_H

#include "evaluate/inside.h"

/* What a process that builds leaves in its work file. */
struct device_answer {
        int32_t code; /* 0, or an error: bytes are its text */
        uint64_t length;
        char bytes[];
};

/* Become a device process. The object file holds a struct device_code: text
 * is built into the work file and the process ends; a built program is
 * served until the process is killed. Does not return. */
_Noreturn void device_inside_run(const struct inside_host *host,
                                 const int file[INSIDE_FILES]);

#endif
