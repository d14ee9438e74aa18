// kevo: kernel softmax
// kevo: stage rows tasks M args x y
/* Includes itself twice at every level: messages without end. */
#include <stdint.h>
#if __INCLUDE_LEVEL__ < 40
#warning "this line is printed 2^40 times, which is more than anybody reads"
#include __FILE__
#include __FILE__
#endif
