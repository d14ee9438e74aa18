/*
 * The process in which OpenBLAS is timed (`kevo baseline`, internal): the
 * library is opened at run time, here and nowhere else. It answers the lines
 * of outside_child.h on standard input and output; inputs are descriptor 3,
 * outputs descriptor 4.
 */
#ifndef KEVO_EVALUATE_OPENBLAS_H
#define KEVO_EVALUATE_OPENBLAS_H

/* Serve until standard input ends; the exit status. */
int openblas_serve(void);

#endif
