/*
 * Templates of conversions. f16 and bf16 are storage: f32 is made of their
 * bits, with the machine's instructions where there are some.
 */
#include "backends/c/prelude_rows.h"

#include "core/text.h"

/* From one type to another; f16 and bf16 are bits that f32 is made of. */
static const struct prelude_row conversions[] = {
        {"plain", "static inline $V $V_from_$F($F v)\n"
                  "{\n"
                  "        return __builtin_convertvector(v, $V);\n"
                  "}\n"},
        /* gcc 12 takes lanes apart where the width changes by more than a
         * factor of 2. */
        {"steps", "static inline $V $V_from_$F($F v)\n"
                  "{\n"
                  "        return $V_from_$M($M_from_$F(v));\n"
                  "}\n"},
        /* gcc 12 also takes them apart where both sides are whole vectors. */
        {"i32_i8@16",
         "static inline $V $V_from_$F($F v)\n"
         "{\n"
         "#if defined(__AVX512F__) && !defined(__clang__)\n"
         "        typedef char parts __attribute__((vector_size(16)));\n"
         "\n"
         "        return ($V)__builtin_ia32_pmovsxbd512_mask(\n"
         "                (parts)v, ($V){0}, -1);\n"
         "#else\n"
         "        return $V_from_$M($M_from_$F(v));\n"
         "#endif\n"
         "}\n"},
        {"i32_u8@16",
         "static inline $V $V_from_$F($F v)\n"
         "{\n"
         "#if defined(__AVX512F__) && !defined(__clang__)\n"
         "        typedef char parts __attribute__((vector_size(16)));\n"
         "\n"
         "        return ($V)__builtin_ia32_pmovzxbd512_mask(\n"
         "                (parts)v, ($V){0}, -1);\n"
         "#else\n"
         "        return $V_from_$M($M_from_$F(v));\n"
         "#endif\n"
         "}\n"},
        {"i32_i16@16",
         "static inline $V $V_from_$F($F v)\n"
         "{\n"
         "#if defined(__AVX512F__) && !defined(__clang__)\n"
         "        typedef short parts __attribute__((vector_size(32)));\n"
         "\n"
         "        return ($V)__builtin_ia32_pmovsxwd512_mask(\n"
         "                (parts)v, ($V){0}, -1);\n"
         "#else\n"
         "        return __builtin_convertvector(v, $V);\n"
         "#endif\n"
         "}\n"},
        {"i32_i16@8",
         "static inline $V $V_from_$F($F v)\n"
         "{\n"
         "#if defined(__AVX2__) && !defined(__clang__)\n"
         "        typedef short parts __attribute__((vector_size(16)));\n"
         "\n"
         "        return ($V)__builtin_ia32_pmovsxwd256(\n"
         "                (parts)v);\n"
         "#else\n"
         "        return __builtin_convertvector(v, $V);\n"
         "#endif\n"
         "}\n"},
        {"i16_i8@16",
         "static inline $V $V_from_$F($F v)\n"
         "{\n"
         "#if defined(__AVX2__) && !defined(__clang__)\n"
         "        typedef char parts __attribute__((vector_size(16)));\n"
         "\n"
         "        return ($V)__builtin_ia32_pmovsxbw256(\n"
         "                (parts)v);\n"
         "#else\n"
         "        return __builtin_convertvector(v, $V);\n"
         "#endif\n"
         "}\n"},
        {"i16_u8@16",
         "static inline $V $V_from_$F($F v)\n"
         "{\n"
         "#if defined(__AVX2__) && !defined(__clang__)\n"
         "        typedef char parts __attribute__((vector_size(16)));\n"
         "\n"
         "        return ($V)__builtin_ia32_pmovzxbw256(\n"
         "                (parts)v);\n"
         "#else\n"
         "        return __builtin_convertvector(v, $V);\n"
         "#endif\n"
         "}\n"},
        {"truth", "static inline $V $V_from_$F($F v)\n"
                  "{\n"
                  "        $V r = {0};\n"
                  "\n"
                  "        for (int l = 0; l < $L; l++)\n"
                  "                r[l] = v[l] != 0;\n"
                  "        return r;\n"
                  "}\n"},
        {"lanes", "static inline $V $V_from_$F($F v)\n"
                  "{\n"
                  "        $V r = {0};\n"
                  "\n"
                  "        for (int l = 0; l < $L; l++)\n"
                  "                r[l] = ($S)v[l];\n"
                  "        return r;\n"
                  "}\n"},
        {"f32_f16",
         "static inline $V $V_from_$F($F v)\n"
         "{\n"
         "        $U u = __builtin_convertvector(($H)v, $U);\n"
         "        $U m = (u & 0x7fff) << 13;\n"
         "        /* The exponent's bias moves from 15 to 127, subnormals "
         "too. */\n"
         "        $U r = ($U)(($V)m * 0x1p112f);\n"
         "\n"
         "        for (int l = 0; l < $L; l++)\n"
         "                r[l] |= m[l] >= 0x0f800000 ? 0x7f800000 : 0;\n"
         "        return ($V)(r | (u & 0x8000) << 16);\n"
         "}\n"},
        {"f32_f16@16",
         "static inline $V $V_from_$F($F v)\n"
         "{\n"
         "#if defined(__AVX512F__)\n"
         "        return __builtin_ia32_vcvtph2ps512_mask(($W)v, ($V){0}, -1, "
         "4);\n"
         "#else\n"
         "        $U u = __builtin_convertvector(($H)v, $U);\n"
         "        $U m = (u & 0x7fff) << 13;\n"
         "        /* The exponent's bias moves from 15 to 127, subnormals "
         "too. */\n"
         "        $U r = ($U)(($V)m * 0x1p112f);\n"
         "\n"
         "        for (int l = 0; l < $L; l++)\n"
         "                r[l] |= m[l] >= 0x0f800000 ? 0x7f800000 : 0;\n"
         "        return ($V)(r | (u & 0x8000) << 16);\n"
         "#endif\n"
         "}\n"},
        {"f32_f16@8",
         "static inline $V $V_from_$F($F v)\n"
         "{\n"
         "#if defined(__F16C__)\n"
         "        return __builtin_ia32_vcvtph2ps256(($W)v);\n"
         "#else\n"
         "        $U u = __builtin_convertvector(($H)v, $U);\n"
         "        $U m = (u & 0x7fff) << 13;\n"
         "        /* The exponent's bias moves from 15 to 127, subnormals "
         "too. */\n"
         "        $U r = ($U)(($V)m * 0x1p112f);\n"
         "\n"
         "        for (int l = 0; l < $L; l++)\n"
         "                r[l] |= m[l] >= 0x0f800000 ? 0x7f800000 : 0;\n"
         "        return ($V)(r | (u & 0x8000) << 16);\n"
         "#endif\n"
         "}\n"},
        {"f16_f32", "/* To the nearest, ties to even. */\n"
                    "static inline $V $V_from_$F($F v)\n"
                    "{\n"
                    "        $V r = {0};\n"
                    "\n"
                    "        for (int l = 0; l < $L; l++)\n"
                    "                r[l] = ($S)v[l];\n"
                    "        return r;\n"
                    "}\n"},
        {"f16_f32@16",
         "/* To the nearest, ties to even. */\n"
         "static inline $V $V_from_$F($F v)\n"
         "{\n"
         "#if defined(__AVX512F__)\n"
         "        return ($V)__builtin_ia32_vcvtps2ph512_mask(v, 0, ($W){0}, "
         "-1);\n"
         "#else\n"
         "        $V r = {0};\n"
         "\n"
         "        for (int l = 0; l < $L; l++)\n"
         "                r[l] = ($S)v[l];\n"
         "        return r;\n"
         "#endif\n"
         "}\n"},
        {"f16_f32@8", "/* To the nearest, ties to even. */\n"
                      "static inline $V $V_from_$F($F v)\n"
                      "{\n"
                      "#if defined(__F16C__)\n"
                      "        return ($V)__builtin_ia32_vcvtps2ph256(v, 0);\n"
                      "#else\n"
                      "        $V r = {0};\n"
                      "\n"
                      "        for (int l = 0; l < $L; l++)\n"
                      "                r[l] = ($S)v[l];\n"
                      "        return r;\n"
                      "#endif\n"
                      "}\n"},
        {"f32_bf16", "static inline $V $V_from_$F($F v)\n"
                     "{\n"
                     "        return ($V)(__builtin_convertvector(v, $U) << "
                     "16);\n"
                     "}\n"},
        {"bf16_f32",
         "/* To the nearest, ties to even; a NaN stays one. */\n"
         "static inline $V $V_from_$F($F v)\n"
         "{\n"
         "        $U u = ($U)v, r = (u + 0x7fff + (u >> 16 & 1)) >> 16;\n"
         "\n"
         "        for (int l = 0; l < $L; l++)\n"
         "                r[l] = v[l] == v[l] ? r[l] : (u[l] >> 16 | 0x40);\n"
         "        return __builtin_convertvector(r, $V);\n"
         "}\n"},
        {"f32_bf16_scalar", "static inline float f32_from_bf16(uint16_t v)\n"
                            "{\n"
                            "        union {\n"
                            "                uint32_t u;\n"
                            "                float f;\n"
                            "        } r = {(uint32_t)v << 16};\n"
                            "\n"
                            "        return r.f;\n"
                            "}\n"},
        {"bf16_f32_scalar",
         "/* To the nearest, ties to even; a NaN stays one. */\n"
         "static inline uint16_t bf16_from_f32(float v)\n"
         "{\n"
         "        union {\n"
         "                float f;\n"
         "                uint32_t u;\n"
         "        } r = {v};\n"
         "\n"
         "        if (v != v)\n"
         "                return (uint16_t)(r.u >> 16 | 0x40);\n"
         "        return (uint16_t)((r.u + 0x7fff + (r.u >> 16 & 1)) >> 16);\n"
         "}\n"},
        {NULL, NULL}};

const struct prelude_row *prelude_conversion_find(const char *name)
{
        for (const struct prelude_row *r = conversions; r->name; r++)
                if (text_equal(r->name, name))
                        return r;
        return NULL;
}
