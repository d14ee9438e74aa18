/*
 * The Python whose PyTorch is an outside baseline: started in the sandbox,
 * where it sees the folders that it is installed in.
 */
#ifndef KEVO_EVALUATE_OUTSIDE_PYTHON_H
#define KEVO_EVALUATE_OUTSIDE_PYTHON_H

#include "evaluate/outside_child.h"

/* A process that runs a program; its descriptors 3, 4, ... are file[]. */
int outside_python_start(const struct outside_setup *setup,
                         const char *program, const int *file, int files,
                         struct proc_child *child,
                         struct error *err) KEVO_MUST_CHECK;

/* Does its `import torch` work? text is "PyTorch 2.9.1, Python 3.11.2", or
 * why not. python: as in struct outside_setup. */
bool outside_python_look(const char *python, char text[OUTSIDE_REASON_BYTES]);

#endif
