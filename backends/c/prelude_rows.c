/*
 * Templates of helpers. Loads and stores go through an unaligned, may_alias
 * type: tensors start aligned but rows need not. A comparison has both
 * an operator in C and a helper here, because compilers take the operator
 * apart when a vector is wider than the machine's. Loops over lanes are not
 * always made one instruction of, so what is used in the middle of kernels
 * has a special row (name@type, or name@bytes) for the widths of x86. Parts of
 * vectors are copied, not loaded under a mask that a compiler can see: gcc 12
 * turns a masked load of 16-bit lanes under a constant mask into a load of all
 * of them, which may end behind the tensor.
 */
#include "backends/c/prelude_rows.h"

#include "core/text.h"

/* Elements some apart, by whole loads and shuffles; none behind the last one
 * is touched. */
#define LOAD_APART(NAME, STEP)                             \
        "static inline $V load_" NAME "_$V(const $P *p)\n" \
        "{\n"                                              \
        "        return $load_apart(p, " STEP ");\n"       \
        "}\n"
#define LOAD_SHUFFLED(NAME, BODY)                                          \
        "/* Every " NAME " element; none behind the last is touched. */\n" \
        "static inline $V load_" NAME "_$V(const $P *p)\n"                 \
        "{\n" BODY "}\n"
#define LOAD_THIRD_16                                                       \
        LOAD_SHUFFLED(                                                      \
                "third",                                                    \
                "        $V low = __builtin_shufflevector(\n"               \
                "                $load(p), $load(p + 16), 0, 3, 6, 9, 12, " \
                "15, 18, 21, 24,\n"                                         \
                "                27, 30, -1, -1, -1, -1, -1);\n"            \
                "\n"                                                        \
                "        return __builtin_shufflevector(\n"                 \
                "                low, $load(p + 30), 0, 1, 2, 3, 4, 5, 6, " \
                "7, 8, 9, 10, 19,\n"                                        \
                "                22, 25, 28, 31);\n")
#define LOAD_FOURTH_16                                                        \
        LOAD_SHUFFLED(                                                        \
                "fourth",                                                     \
                "        $V low = __builtin_shufflevector(\n"                 \
                "                $load(p), $load(p + 16), 0, 4, 8, 12, 16, "  \
                "20, 24, 28,\n"                                               \
                "                -1, -1, -1, -1, -1, -1, -1, -1);\n"          \
                "        $V high = __builtin_shufflevector(\n"                \
                "                $load(p + 32), $load(p + 45), 0, 4, 8, 12, " \
                "19, 23, 27, 31,\n"                                           \
                "                -1, -1, -1, -1, -1, -1, -1, -1);\n"          \
                "\n"                                                          \
                "        return __builtin_shufflevector(\n"                   \
                "                low, high, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, " \
                "18, 19, 20, 21,\n"                                           \
                "                22, 23);\n")
#define LOAD_THIRD_8                                                         \
        LOAD_SHUFFLED(                                                       \
                "third",                                                     \
                "        $V low = __builtin_shufflevector(\n"                \
                "                $load(p), $load(p + 8), 0, 3, 6, 9, 12, "   \
                "15, -1, -1);\n"                                             \
                "\n"                                                         \
                "        return __builtin_shufflevector(\n"                  \
                "                low, $load(p + 14), 0, 1, 2, 3, 4, 5, 12, " \
                "15);\n")
#define LOAD_FOURTH_8                                                       \
        LOAD_SHUFFLED(                                                      \
                "fourth",                                                   \
                "        $V low = __builtin_shufflevector(\n"               \
                "                $load(p), $load(p + 8), 0, 4, 8, 12, -1, " \
                "-1, -1, -1);\n"                                            \
                "        $V high = __builtin_shufflevector(\n"              \
                "                $load(p + 16), $load(p + 21), 0, 4, 11, "  \
                "15, -1, -1,\n"                                             \
                "                -1, -1);\n"                                \
                "\n"                                                        \
                "        return __builtin_shufflevector(\n"                 \
                "                low, high, 0, 1, 2, 3, 8, 9, 10, 11);\n")

/* Every second one of these. */
#define LOAD_SIXTH_16 LOAD_HALVES("sixth", "third", "45", HALVES_16)
#define LOAD_EIGHTH_16 LOAD_HALVES("eighth", "fourth", "60", HALVES_16)
#define LOAD_SIXTH_8 LOAD_HALVES("sixth", "third", "21", HALVES_8)
#define LOAD_EIGHTH_8 LOAD_HALVES("eighth", "fourth", "28", HALVES_8)
#define HALVES_16                                                          \
        "0, 2, 4, 6,\n                8, 10, 12, 14, 17, 19, 21, 23, 25, " \
        "27, 29, 31"
#define HALVES_8 "0, 2, 4, 6,\n                9, 11, 13, 15"
#define LOAD_HALVES(NAME, PART, BEHIND, LANES)                               \
        LOAD_SHUFFLED(NAME, "        return __builtin_shufflevector(\n"      \
                            "                $load_" PART "(p), $load_" PART \
                            "(p + " BEHIND "), " LANES ");\n")

/* What runs where no instruction of a row's own does. */
#define WINDOW_BODY                                                         \
        "        $V r = {0};\n"                                             \
        "\n"                                                                \
        "        if (first == 0 && last == $L)\n"                           \
        "                return $load(p);\n"                                \
        "        if (first < last)\n"                                       \
        "                __builtin_memcpy(($P *)&r + first, p + first,\n"   \
        "                                 (unsigned long)(last - first) * " \
        "sizeof *p);\n"                                                     \
        "        return r;\n"
#define WINDOW_SECOND_BODY                              \
        "        $V r = {0};\n"                         \
        "\n"                                            \
        "        if (first == 0 && last == $L)\n"       \
        "                return $load_second(p);\n"     \
        "        for (int l = 0; l < $L; l++)\n"        \
        "                if (first <= l && l < last)\n" \
        "                        r[l] = p[2 * l];\n"    \
        "        return r;\n"

static const struct prelude_row rows[] = {
        /* --- memory --- */
        {"load", "static inline $V load_$V(const $P *p)\n"
                 "{\n"
                 "        return *(const $V_at *)p;\n"
                 "}\n"},
        {"store", "static inline void store_$V($P *p, $V v)\n"
                  "{\n"
                  "        *($V_at *)p = v;\n"
                  "}\n"},
        {"load_part", "/* The first n lanes; the others are 0. */\n"
                      "static inline $V load_part_$V(const $P *p, int64_t n)\n"
                      "{\n"
                      "        $V r = {0};\n"
                      "\n"
                      "        __builtin_memcpy(&r, p, (unsigned long)(n < $L "
                      "? n : $L) * sizeof *p);\n"
                      "        return r;\n"
                      "}\n"},
        {"load_part@f32x16",
         "/* The first n lanes; the others are 0. */\n"
         "static inline $V load_part_$V(const $P *p, int64_t n)\n"
         "{\n"
         "#if defined(__AVX512F__) && !defined(__clang__)\n"
         "        return __builtin_ia32_loadups512_mask(p, ($V){0},\n"
         "                                              n < 16 ? (1 << n) - 1 "
         ": -1);\n"
         "#else\n"
         "        $V r = {0};\n"
         "\n"
         "        __builtin_memcpy(&r, p, (unsigned long)(n < $L ? n : $L) * "
         "sizeof *p);\n"
         "        return r;\n"
         "#endif\n"
         "}\n"},
        {"load_part@f32x8",
         "/* The first n lanes; the others are 0. */\n"
         "static inline $V load_part_$V(const $P *p, int64_t n)\n"
         "{\n"
         "#if defined(__AVX__) && !defined(__clang__)\n"
         "        return __builtin_ia32_maskloadps256((const $V *)p,\n"
         "                                            "
         "$iota_mask((int32_t)n));\n"
         "#else\n"
         "        $V r = {0};\n"
         "\n"
         "        __builtin_memcpy(&r, p, (unsigned long)(n < $L ? n : $L) * "
         "sizeof *p);\n"
         "        return r;\n"
         "#endif\n"
         "}\n"},
        {"iota_mask", "/* The first n lanes. */\n"
                      "static inline $I iota_mask_$V(int32_t n)\n"
                      "{\n"
                      "        return ($I){0, 1, 2, 3, 4, 5, 6, 7} < n;\n"
                      "}\n"},
        {"load_window",
         "/* Lanes first <= l < last; the others are 0. */\n"
         "static inline $V load_window_$V(const $P *p, int64_t first, int64_t "
         "last)\n"
         "{\n" WINDOW_BODY "}\n"},
        {"load_window@f32x16",
         "/* Lanes first <= l < last; the others are 0. */\n"
         "static inline $V load_window_$V(const $P *p, int64_t first, int64_t "
         "last)\n"
         "{\n"
         "#if defined(__AVX512F__) && !defined(__clang__)\n"
         "        return __builtin_ia32_loadups512_mask(\n"
         "                p, ($V){0}, ((1 << last) - 1) & ~((1 << first) - "
         "1));\n"
         "#else\n" WINDOW_BODY "#endif\n"
         "}\n"},
        {"load_window@f32x8",
         "/* Lanes first <= l < last; the others are 0. */\n"
         "static inline $V load_window_$V(const $P *p, int64_t first, int64_t "
         "last)\n"
         "{\n"
         "#if defined(__AVX__) && !defined(__clang__)\n"
         "        return __builtin_ia32_maskloadps256(\n"
         "                (const $V *)p, $iota_mask((int32_t)last) &\n"
         "                                       "
         "~$iota_mask((int32_t)first));\n"
         "#else\n" WINDOW_BODY "#endif\n"
         "}\n"},
        {"store_part",
         "static inline void store_part_$V($P *p, $V v, int64_t n)\n"
         "{\n"
         "        __builtin_memcpy(p, &v, (unsigned long)(n < $L ? n : $L) * "
         "sizeof *p);\n"
         "}\n"},
        {"store_part@f32x16",
         "static inline void store_part_$V($P *p, $V v, int64_t n)\n"
         "{\n"
         "#if defined(__AVX512F__) && !defined(__clang__)\n"
         "        __builtin_ia32_storeups512_mask(p, v, n < 16 ? (1 << n) - 1 "
         ": -1);\n"
         "#else\n"
         "        __builtin_memcpy(p, &v, (unsigned long)(n < $L ? n : $L) * "
         "sizeof *p);\n"
         "#endif\n"
         "}\n"},
        {"store_part@f32x8",
         "static inline void store_part_$V($P *p, $V v, int64_t n)\n"
         "{\n"
         "#if defined(__AVX__) && !defined(__clang__)\n"
         "        __builtin_ia32_maskstoreps256(($V *)p, "
         "$iota_mask((int32_t)n), v);\n"
         "#else\n"
         "        __builtin_memcpy(p, &v, (unsigned long)(n < $L ? n : $L) * "
         "sizeof *p);\n"
         "#endif\n"
         "}\n"},
        {"load_apart", "/* Elements that are `step` apart. */\n"
                       "static inline $V load_apart_$V(const $P *p, int64_t "
                       "step)\n"
                       "{\n"
                       "        $V r = {0};\n"
                       "\n"
                       "        for (int l = 0; l < $L; l++)\n"
                       "                r[l] = p[l * step];\n"
                       "        return r;\n"
                       "}\n"},
        {"load_window_apart",
         "/* The same for lanes first <= l < last; the others are 0. */\n"
         "static inline $V load_window_apart_$V(const $P *p, int64_t step,\n"
         "                                      int64_t first, int64_t "
         "last)\n"
         "{\n"
         "        $V r = {0};\n"
         "\n"
         "        for (int l = 0; l < $L; l++)\n"
         "                if (first <= l && l < last)\n"
         "                        r[l] = p[l * step];\n"
         "        return r;\n"
         "}\n"},
        {"load_second", "/* Every second element. */\n"
                        "static inline $V load_second_$V(const $P *p)\n"
                        "{\n"
                        "        $V r = {0};\n"
                        "\n"
                        "        for (int l = 0; l < $L; l++)\n"
                        "                r[l] = p[2 * l];\n"
                        "        return r;\n"
                        "}\n"},
        {"load_second@f32x16",
         "/* Every second element; none behind the last is touched. */\n"
         "static inline $V load_second_$V(const $P *p)\n"
         "{\n"
         "        return __builtin_shufflevector(\n"
         "                $load(p), $load(p + 15), 0, 2, 4, 6, 8, 10, 12, 14, "
         "17, 19,\n"
         "                21, 23, 25, 27, 29, 31);\n"
         "}\n"},
        {"load_second@f32x8",
         "/* Every second element; none behind the last is touched. */\n"
         "static inline $V load_second_$V(const $P *p)\n"
         "{\n"
         "        return __builtin_shufflevector($load(p), $load(p + 7), 0, "
         "2, "
         "4, 6,\n"
         "                                       9, 11, 13, 15);\n"
         "}\n"},
        {"load_third", LOAD_APART("third", "3")},
        {"load_fourth", LOAD_APART("fourth", "4")},
        {"load_third@f32x16", LOAD_THIRD_16},
        {"load_fourth@f32x16", LOAD_FOURTH_16},
        {"load_third@i32x16", LOAD_THIRD_16},
        {"load_fourth@i32x16", LOAD_FOURTH_16},
        {"load_third@u8x16", LOAD_THIRD_16},
        {"load_fourth@u8x16", LOAD_FOURTH_16},
        {"load_third@i8x16", LOAD_THIRD_16},
        {"load_fourth@i8x16", LOAD_FOURTH_16},
        {"load_third@f32x8", LOAD_THIRD_8},
        {"load_fourth@f32x8", LOAD_FOURTH_8},
        {"load_third@f64x8", LOAD_THIRD_8},
        {"load_fourth@f64x8", LOAD_FOURTH_8},
        {"load_third@i64x8", LOAD_THIRD_8},
        {"load_fourth@i64x8", LOAD_FOURTH_8},
        {"load_third@i32x8", LOAD_THIRD_8},
        {"load_fourth@i32x8", LOAD_FOURTH_8},
        {"load_third@u8x8", LOAD_THIRD_8},
        {"load_fourth@u8x8", LOAD_FOURTH_8},
        {"load_third@i8x8", LOAD_THIRD_8},
        {"load_fourth@i8x8", LOAD_FOURTH_8},
        {"load_sixth", LOAD_APART("sixth", "6")},
        {"load_eighth", LOAD_APART("eighth", "8")},
        {"load_sixth@f32x16", LOAD_SIXTH_16},
        {"load_eighth@f32x16", LOAD_EIGHTH_16},
        {"load_sixth@i32x16", LOAD_SIXTH_16},
        {"load_eighth@i32x16", LOAD_EIGHTH_16},
        {"load_sixth@u8x16", LOAD_SIXTH_16},
        {"load_eighth@u8x16", LOAD_EIGHTH_16},
        {"load_sixth@i8x16", LOAD_SIXTH_16},
        {"load_eighth@i8x16", LOAD_EIGHTH_16},
        {"load_sixth@f32x8", LOAD_SIXTH_8},
        {"load_eighth@f32x8", LOAD_EIGHTH_8},
        {"load_sixth@f64x8", LOAD_SIXTH_8},
        {"load_eighth@f64x8", LOAD_EIGHTH_8},
        {"load_sixth@i64x8", LOAD_SIXTH_8},
        {"load_eighth@i64x8", LOAD_EIGHTH_8},
        {"load_sixth@i32x8", LOAD_SIXTH_8},
        {"load_eighth@i32x8", LOAD_EIGHTH_8},
        {"load_sixth@u8x8", LOAD_SIXTH_8},
        {"load_eighth@u8x8", LOAD_EIGHTH_8},
        {"load_sixth@i8x8", LOAD_SIXTH_8},
        {"load_eighth@i8x8", LOAD_EIGHTH_8},
        {"load_window_second",
         "/* Every second element for lanes first <= l < last. */\n"
         "static inline $V load_window_second_$V(const $P *p, int64_t first,\n"
         "                                       int64_t last)\n"
         "{\n" WINDOW_SECOND_BODY "}\n"},
        {"load_window_second@f32x16",
         "/* Every second element for lanes first <= l < last. */\n"
         "static inline $V load_window_second_$V(const $P *p, int64_t first,\n"
         "                                       int64_t last)\n"
         "{\n"
         "#if defined(__AVX512F__) && !defined(__clang__)\n"
         "        uint32_t m = first < last ? (uint32_t)((UINT64_C(1) << "
         "(2 * last - 1)) -\n"
         "                                               (UINT64_C(1) << (2 * "
         "first)))\n"
         "                                  : 0;\n"
         "        $V low = __builtin_ia32_loadups512_mask(p, ($V){0}, "
         "(uint16_t)m);\n"
         "        $V high = __builtin_ia32_loadups512_mask(p + 15, ($V){0},\n"
         "                                                 (uint16_t)(m >> "
         "15));\n"
         "\n"
         "        return __builtin_shufflevector(low, high, 0, 2, 4, 6, 8, "
         "10, "
         "12, 14, 17,\n"
         "                                       19, 21, 23, 25, 27, 29, "
         "31);\n"
         "#else\n" WINDOW_SECOND_BODY "#endif\n"
         "}\n"},
        {"load_window_second@f32x8",
         "/* Every second element for lanes first <= l < last. */\n"
         "static inline $V load_window_second_$V(const $P *p, int64_t first,\n"
         "                                       int64_t last)\n"
         "{\n"
         "#if defined(__AVX__) && !defined(__clang__)\n"
         "        const int32_t from = 2 * (int32_t)first;\n"
         "        const int32_t to = 2 * (int32_t)last - 1;\n"
         "        $V low = __builtin_ia32_maskloadps256(\n"
         "                (const $V *)p, $iota_mask(to) & "
         "~$iota_mask(from));\n"
         "        $V high = __builtin_ia32_maskloadps256(\n"
         "                (const $V *)(p + 7),\n"
         "                $iota_mask(to - 7) & ~$iota_mask(from - 7));\n"
         "\n"
         "        return __builtin_shufflevector(low, high, 0, 2, 4, 6, 9, "
         "11, 13,\n"
         "                                       15);\n"
         "#else\n" WINDOW_SECOND_BODY "#endif\n"
         "}\n"},
        {"gather", "static inline $V gather_$V(const $P *p, $A at)\n"
                   "{\n"
                   "        $V r = {0};\n"
                   "\n"
                   "        for (int l = 0; l < $L; l++)\n"
                   "                r[l] = p[at[l]];\n"
                   "        return r;\n"
                   "}\n"},
        {"gather_near", "static inline $V gather_near_$V(const $P *p, $A at)\n"
                        "{\n"
                        "        return $gather(p, at);\n"
                        "}\n"},
        {"gather_near@f32x16",
         "/* By the instruction for it, faster where all lies in a cache. */\n"
         "static inline $V gather_near_$V(const $P *p, $A at)\n"
         "{\n"
         "#if defined(__AVX512F__) && !defined(__clang__)\n"
         "        typedef float half __attribute__((vector_size(32)));\n"
         "        typedef long long eight __attribute__((vector_size(64)));\n"
         "        const eight first = (eight)__builtin_shufflevector(at, at,\n"
         "                0, 1, 2, 3, 4, 5, 6, 7);\n"
         "        const eight rest = (eight)__builtin_shufflevector(at, at,\n"
         "                8, 9, 10, 11, 12, 13, 14, 15);\n"
         "        const half none = {0};\n"
         "\n"
         "        return __builtin_shufflevector(\n"
         "                __builtin_ia32_gatherdiv16sf(none, p, first, -1, "
         "4),\n"
         "                __builtin_ia32_gatherdiv16sf(none, p, rest, -1, "
         "4),\n"
         "                0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, "
         "15);\n"
         "#else\n"
         "        return $gather(p, at);\n"
         "#endif\n"
         "}\n"},
        {"gather_where",
         "/* Lanes where `where` is 0 are not read and are 0. */\n"
         "static inline $V gather_where_$V(const $P *p, $A at, $A where)\n"
         "{\n"
         "        $V r = {0};\n"
         "\n"
         "        for (int l = 0; l < $L; l++)\n"
         "                if (where[l])\n"
         "                        r[l] = p[at[l]];\n"
         "        return r;\n"
         "}\n"},
        {"stream", "static inline void stream_$V($P *p, $V v)\n"
                   "{\n"
                   "        $store(p, v);\n"
                   "}\n"},
        {"stream@64b",
         "/* Around the caches where the address allows it. */\n"
         "static inline void stream_$V($P *p, $V v)\n"
         "{\n"
         "#if defined(__AVX512F__) && !defined(__clang__)\n"
         "        typedef float block __attribute__((vector_size(64)));\n"
         "\n"
         "        if (((uintptr_t)p & 63) == 0) {\n"
         "                __builtin_ia32_movntps512((float *)p, (block)v);\n"
         "                return;\n"
         "        }\n"
         "#endif\n"
         "        $store(p, v);\n"
         "}\n"},
        {"stream@32b",
         "/* Around the caches where the address allows it. */\n"
         "static inline void stream_$V($P *p, $V v)\n"
         "{\n"
         "#if defined(__AVX__) && !defined(__clang__)\n"
         "        typedef float block __attribute__((vector_size(32)));\n"
         "\n"
         "        if (((uintptr_t)p & 31) == 0) {\n"
         "                __builtin_ia32_movntps256((float *)p, (block)v);\n"
         "                return;\n"
         "        }\n"
         "#endif\n"
         "        $store(p, v);\n"
         "}\n"},
        {"stream@16b",
         "/* Around the caches where the address allows it. */\n"
         "static inline void stream_$V($P *p, $V v)\n"
         "{\n"
         "#if defined(__SSE__) && !defined(__clang__)\n"
         "        typedef float block __attribute__((vector_size(16)));\n"
         "\n"
         "        if (((uintptr_t)p & 15) == 0) {\n"
         "                __builtin_ia32_movntps((float *)p, (block)v);\n"
         "                return;\n"
         "        }\n"
         "#endif\n"
         "        $store(p, v);\n"
         "}\n"},
        {"stream_end",
         "/* Streamed stores are visible before the task is. */\n"
         "static inline void stream_end(void)\n"
         "{\n"
         "#if defined(__SSE2__)\n"
         "        __builtin_ia32_sfence();\n"
         "#else\n"
         "        __sync_synchronize();\n"
         "#endif\n"
         "}\n"},
        /* --- lanes --- */
        {"all", "/* s in every lane; s - 0 is s, signed zeros too. */\n"
                "static inline $V all_$V($S s)\n"
                "{\n"
                "        return s - ($V){0};\n"
                "}\n"},
        {"pick", "/* Lane by lane: m ? a : b. */\n"
                 "static inline $V pick_$V($I m, $V a, $V b)\n"
                 "{\n"
                 "        return ($V)((m & ($I)a) | (~m & ($I)b));\n"
                 "}\n"},
        {"max", "static inline $V max_$V($V a, $V b)\n"
                "{\n"
                "        return $pick(a > b, a, b);\n"
                "}\n"},
        {"max@128b", "static inline $V max_$V($V a, $V b)\n"
                     "{\n"
                     "        $V r = {0};\n"
                     "\n"
                     "        for (int l = 0; l < $L; l++)\n"
                     "                r[l] = a[l] > b[l] ? a[l] : b[l];\n"
                     "        return r;\n"
                     "}\n"},
        {"max@f32x16",
         "static inline $V max_$V($V a, $V b)\n"
         "{\n"
         "#if defined(__AVX512F__) && !defined(__clang__)\n"
         "        return __builtin_ia32_maxps512_mask(a, b, a, -1, 4);\n"
         "#else\n"
         "        return $pick(a > b, a, b);\n"
         "#endif\n"
         "}\n"},
        {"max@f64x8",
         "static inline $V max_$V($V a, $V b)\n"
         "{\n"
         "#if defined(__AVX512F__) && !defined(__clang__)\n"
         "        return __builtin_ia32_maxpd512_mask(a, b, a, -1, 4);\n"
         "#else\n"
         "        return $pick(a > b, a, b);\n"
         "#endif\n"
         "}\n"},
        {"max@f32x8", "static inline $V max_$V($V a, $V b)\n"
                      "{\n"
                      "#if defined(__AVX__) && !defined(__clang__)\n"
                      "        return __builtin_ia32_maxps256(a, b);\n"
                      "#else\n"
                      "        return $pick(a > b, a, b);\n"
                      "#endif\n"
                      "}\n"},
        {"max@f64x4", "static inline $V max_$V($V a, $V b)\n"
                      "{\n"
                      "#if defined(__AVX__) && !defined(__clang__)\n"
                      "        return __builtin_ia32_maxpd256(a, b);\n"
                      "#else\n"
                      "        return $pick(a > b, a, b);\n"
                      "#endif\n"
                      "}\n"},
        {"maxnan", "/* The larger of each lane; a NaN wins. */\n"
                   "static inline $V maxnan_$V($V a, $V b)\n"
                   "{\n"
                   "        return $pick((a > b) | (a != a), a, b);\n"
                   "}\n"},
        {"min", "static inline $V min_$V($V a, $V b)\n"
                "{\n"
                "        return $pick(a < b, a, b);\n"
                "}\n"},
        {"min@128b", "static inline $V min_$V($V a, $V b)\n"
                     "{\n"
                     "        $V r = {0};\n"
                     "\n"
                     "        for (int l = 0; l < $L; l++)\n"
                     "                r[l] = a[l] < b[l] ? a[l] : b[l];\n"
                     "        return r;\n"
                     "}\n"},
        {"min@f32x16",
         "static inline $V min_$V($V a, $V b)\n"
         "{\n"
         "#if defined(__AVX512F__) && !defined(__clang__)\n"
         "        return __builtin_ia32_minps512_mask(a, b, a, -1, 4);\n"
         "#else\n"
         "        return $pick(a < b, a, b);\n"
         "#endif\n"
         "}\n"},
        {"min@f64x8",
         "static inline $V min_$V($V a, $V b)\n"
         "{\n"
         "#if defined(__AVX512F__) && !defined(__clang__)\n"
         "        return __builtin_ia32_minpd512_mask(a, b, a, -1, 4);\n"
         "#else\n"
         "        return $pick(a < b, a, b);\n"
         "#endif\n"
         "}\n"},
        {"min@f32x8", "static inline $V min_$V($V a, $V b)\n"
                      "{\n"
                      "#if defined(__AVX__) && !defined(__clang__)\n"
                      "        return __builtin_ia32_minps256(a, b);\n"
                      "#else\n"
                      "        return $pick(a < b, a, b);\n"
                      "#endif\n"
                      "}\n"},
        {"min@f64x4", "static inline $V min_$V($V a, $V b)\n"
                      "{\n"
                      "#if defined(__AVX__) && !defined(__clang__)\n"
                      "        return __builtin_ia32_minpd256(a, b);\n"
                      "#else\n"
                      "        return $pick(a < b, a, b);\n"
                      "#endif\n"
                      "}\n"},
        {"minnan", "/* The smaller of each lane; a NaN wins. */\n"
                   "static inline $V minnan_$V($V a, $V b)\n"
                   "{\n"
                   "        return $pick((a < b) | (a != a), a, b);\n"
                   "}\n"},
        {"less", "static inline $I less_$V($V a, $V b)\n"
                 "{\n"
                 "        $I r = {0};\n"
                 "\n"
                 "        for (int l = 0; l < $L; l++)\n"
                 "                r[l] = a[l] < b[l] ? -1 : 0;\n"
                 "        return r;\n"
                 "}\n"},
        {"lesseq", "static inline $I lesseq_$V($V a, $V b)\n"
                   "{\n"
                   "        $I r = {0};\n"
                   "\n"
                   "        for (int l = 0; l < $L; l++)\n"
                   "                r[l] = a[l] <= b[l] ? -1 : 0;\n"
                   "        return r;\n"
                   "}\n"},
        {"equal", "static inline $I equal_$V($V a, $V b)\n"
                  "{\n"
                  "        $I r = {0};\n"
                  "\n"
                  "        for (int l = 0; l < $L; l++)\n"
                  "                r[l] = a[l] == b[l] ? -1 : 0;\n"
                  "        return r;\n"
                  "}\n"},
        {"differ", "static inline $I differ_$V($V a, $V b)\n"
                   "{\n"
                   "        $I r = {0};\n"
                   "\n"
                   "        for (int l = 0; l < $L; l++)\n"
                   "                r[l] = a[l] != b[l] ? -1 : 0;\n"
                   "        return r;\n"
                   "}\n"},
        /* --- integers --- */
        {"floor_div_scalar",
         "/* Rounds down, also below zero. */\n"
         "static inline $S floor_div_$N($S a, $S b)\n"
         "{\n"
         "        $S q = a / b;\n"
         "\n"
         "        return q * b != a && (a < 0) != (b < 0) ? q - 1"
         " : q;\n"
         "}\n"},
        {"floor_mod_scalar",
         "/* The remainder of floor division. */\n"
         "static inline $S floor_mod_$N($S a, $S b)\n"
         "{\n"
         "        $S r = a % b;\n"
         "\n"
         "        return r != 0 && (r < 0) != (b < 0) ? r + b : r;"
         "\n"
         "}\n"},
        {"floor_div_lanes",
         "/* Rounds down, also below zero. */\n"
         "static inline $V floor_div_$V($V a, $V b)\n"
         "{\n"
         "        $V r = {0};\n"
         "\n"
         "        for (int l = 0; l < $L; l++) {\n"
         "                $S q = a[l] / b[l];\n"
         "\n"
         "                r[l] = q - (q * b[l] != a[l] && (a[l] < 0) != (b[l]"
         " < 0));\n"
         "        }\n"
         "        return r;\n"
         "}\n"},
        {"floor_mod_lanes",
         "/* The remainder of floor division. */\n"
         "static inline $V floor_mod_$V($V a, $V b)\n"
         "{\n"
         "        $V r = {0};\n"
         "\n"
         "        for (int l = 0; l < $L; l++) {\n"
         "                $S m = a[l] % b[l];\n"
         "\n"
         "                r[l] = m != 0 && (m < 0) != (b[l] < 0) ? m + b[l] :"
         " m;\n"
         "        }\n"
         "        return r;\n"
         "}\n"},
        {"max_scalar", "static inline $S max_$N($S a, $S b)\n"
                       "{\n"
                       "        return a > b ? a : b;\n"
                       "}\n"},
        {"min_scalar", "static inline $S min_$N($S a, $S b)\n"
                       "{\n"
                       "        return a < b ? a : b;\n"
                       "}\n"},
        {"maxnan_scalar", "/* The larger; a NaN wins. */\n"
                          "static inline $S maxnan_$N($S a, $S b)\n"
                          "{\n"
                          "        return a > b || a != a ? a : b;\n"
                          "}\n"},
        {"minnan_scalar", "/* The smaller; a NaN wins. */\n"
                          "static inline $S minnan_$N($S a, $S b)\n"
                          "{\n"
                          "        return a < b || a != a ? a : b;\n"
                          "}\n"},
        /* --- functions of any float --- */
        {"abs", "static inline $V abs_$V($V x)\n"
                "{\n"
                "        return ($V)(($I)x & ~($I)$all(-0.0f));\n"
                "}\n"},
        {"copysign", "static inline $V copysign_$V($V x, $V y)\n"
                     "{\n"
                     "        $I sign = ($I)$all(-0.0f);\n"
                     "\n"
                     "        return ($V)((($I)x & ~sign) | (($I)y & sign));\n"
                     "}\n"},
        {"sqrt", "static inline $V sqrt_$V($V x)\n"
                 "{\n"
                 "        $V r = {0};\n"
                 "\n"
                 "        for (int l = 0; l < $L; l++)\n"
                 "                r[l] = __builtin_sqrt$x(x[l]);\n"
                 "        return r;\n"
                 "}\n"},
        {"sqrt@f32x16",
         "static inline $V sqrt_$V($V x)\n"
         "{\n"
         "#if defined(__AVX512F__) && !defined(__clang__)\n"
         "        return __builtin_ia32_sqrtps512_mask(x, x, -1, 4);\n"
         "#else\n"
         "        $V r = {0};\n"
         "\n"
         "        for (int l = 0; l < $L; l++)\n"
         "                r[l] = __builtin_sqrtf(x[l]);\n"
         "        return r;\n"
         "#endif\n"
         "}\n"},
        {"sqrt@f32x8", "static inline $V sqrt_$V($V x)\n"
                       "{\n"
                       "#if defined(__AVX__) && !defined(__clang__)\n"
                       "        return __builtin_ia32_sqrtps256(x);\n"
                       "#else\n"
                       "        $V r = {0};\n"
                       "\n"
                       "        for (int l = 0; l < $L; l++)\n"
                       "                r[l] = __builtin_sqrtf(x[l]);\n"
                       "        return r;\n"
                       "#endif\n"
                       "}\n"},
        {"isnan", "static inline $I isnan_$V($V x)\n"
                  "{\n"
                  "        return x != x;\n"
                  "}\n"},
        {"isinf", "static inline $I isinf_$V($V x)\n"
                  "{\n"
                  "        return $abs(x) == __builtin_inff();\n"
                  "}\n"},
        {NULL, NULL}};

const struct prelude_row *prelude_row_find(const char *name)
{
        for (const struct prelude_row *r = rows; r->name; r++)
                if (text_equal(r->name, name))
                        return r;
        return NULL;
}
