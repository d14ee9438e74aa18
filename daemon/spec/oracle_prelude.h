/*
 * The fixed part of every printed oracle: C text without includes, so that
 * it compiles in a few hundredths of a second. Arithmetic on (v, e) follows
 * the rules of docs/trust.md; each function there says which. Compiled with
 * HONEST it also carries values of honest orders of evaluation, with WIDE
 * (f64 specs) it works in long double. Internal to the oracle.
 */
#ifndef KEVO_SPEC_ORACLE_PRELUDE_H
#define KEVO_SPEC_ORACLE_PRELUDE_H

/* Pieces in order, ended by NULL. */
extern const char *const oracle_prelude[];

/* oracle_prelude_numbers.c, _functions.c, _discrete.c, _reduce.c,
 * _select.c */
extern const char oracle_prelude_numbers[];
extern const char oracle_prelude_functions[];
extern const char oracle_prelude_discrete[];
extern const char oracle_prelude_reduce[];
extern const char oracle_prelude_select[];

#endif
