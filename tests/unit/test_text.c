/* Names, numbers, wildcards and suggestions. */
#include "check_main.h"

#include "core/text.h"

START_TEST(suggests_only_near_words)
{
        static const char *const words[] = {"softmax", "matmul", "layer_norm",
                                            NULL};

        ck_assert_str_eq(text_suggest("sofmax", words), "softmax");
        ck_assert_str_eq(text_suggest("layernorm", words), "layer_norm");
        ck_assert_ptr_null(text_suggest("convolution", words));
        ck_assert_ptr_null(text_suggest("", words));
}
END_TEST

START_TEST(letters_that_changed_places_count_once)
{
        static const char *const words[] = {"rem", "relu", "P", "m", NULL};

        ck_assert_str_eq(text_suggest("rleu", words), "relu");
        ck_assert_str_eq(text_suggest("M", words), "m");
        ck_assert_ptr_null(text_suggest("H", words));
}
END_TEST

START_TEST(names_are_strict)
{
        ck_assert(text_is_kernel_name("a_1"));
        ck_assert(!text_is_kernel_name("1a"));
        ck_assert(!text_is_kernel_name("A"));
        ck_assert(!text_is_kernel_name(""));
        ck_assert(!text_is_kernel_name("a/b"));
        ck_assert(text_is_kernel_name(
                "a1234567890123456789012345678901234567890123456"));
        ck_assert(!text_is_kernel_name(
                "a12345678901234567890123456789012345678901234567"));
        ck_assert(text_is_hardware_name("amd-epyc-zen4"));
        ck_assert(!text_is_hardware_name("amd_epyc"));
        ck_assert(!text_is_hardware_name(
                "0123456789012345678901234567890123456789012345678"));
}
END_TEST

START_TEST(control_bytes_are_seen)
{
        char text[] = "a\nb\033[2J\x7f\xc3\xa9";

        ck_assert(!text_has_control(""));
        ck_assert(!text_has_control("a ~ \xc3\xa9"));
        ck_assert(text_has_control("a\n"));
        ck_assert(text_has_control("\033[2J"));
        ck_assert(text_has_control("a\x7f"));
        text_hide_control(text);
        ck_assert_str_eq(text, "a?b?[2J?\xc3\xa9");
}
END_TEST

START_TEST(numbers_are_whole_texts)
{
        int64_t i;
        double d;

        ck_assert(text_to_int64("-9223372036854775808", &i));
        ck_assert_int_eq(i, INT64_MIN);
        ck_assert(!text_to_int64("9223372036854775808", &i));
        ck_assert(!text_to_int64("1x", &i));
        ck_assert(!text_to_int64(" 1", &i));
        ck_assert(!text_to_int64("", &i));
        ck_assert(text_to_double("1e-5", &d));
        ck_assert_double_eq(d, 1e-5);
        ck_assert(!text_to_double("inf", &d));
        ck_assert(!text_to_double("1 ", &d));
}
END_TEST

START_TEST(wildcards_match_whole_texts)
{
        ck_assert(text_glob("NVIDIA H200*", "NVIDIA H200 NVL"));
        ck_assert(text_glob("*", ""));
        ck_assert(text_glob("a*b*c", "aXbXbc"));
        ck_assert(text_glob("a?c", "abc"));
        ck_assert(!text_glob("a?c", "ac"));
        ck_assert(!text_glob("a*b", "abc"));
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {suggests_only_near_words,
                                      letters_that_changed_places_count_once,
                                      names_are_strict,
                                      control_bytes_are_seen,
                                      numbers_are_whole_texts,
                                      wildcards_match_whole_texts};

        return check_main("text", tests, 6);
}
