/* What a person's JSON file may do wrong, and what they are told. */
#include "check_main.h"

#include <string.h>

#include "core/buf.h"
#include "core/json.h"
#include "core/limits.h"

static int parse(const char *text, cJSON **json, struct error *err)
{
        return json_parse(text, strlen(text), LIMIT_JSON_BYTES, "f.json", json,
                          err);
}

START_TEST(syntax_errors_name_line_and_column)
{
        struct error err = {0};
        cJSON *json;

        ck_assert_int_eq(parse("{\n  \"a\": 1,\n  \"b\" 2\n}", &json, &err),
                         ERR_INPUT);
        ck_assert_ptr_null(json);
        ck_assert_ptr_nonnull(strstr(err.text, "f.json:3:"));
}
END_TEST

START_TEST(text_after_the_end_is_an_error)
{
        struct error err = {0};
        cJSON *json;

        ck_assert_int_eq(parse("{} {}", &json, &err), ERR_INPUT);
        ck_assert_int_eq(parse("", &json, &err), ERR_INPUT);
}
END_TEST

START_TEST(depth_is_limited_before_parsing)
{
        char deep[200001];
        struct error err = {0};
        cJSON *json;

        memset(deep, '[', 200000);
        deep[200000] = 0;
        ck_assert_int_eq(parse(deep, &json, &err), ERR_LIMIT);
        ck_assert_int_eq(
                parse("[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]", &json, &err), 0);
        cJSON_Delete(json);
        /* Brackets in strings are no nesting. */
        ck_assert_int_eq(
                parse("\"[[[[[[[[[[[[[[[[[[[[[[\\\"[[\"", &json, &err), 0);
        cJSON_Delete(json);
}
END_TEST

/* As many keys as a file can hold, and one of them twice. */
START_TEST(many_keys_are_compared)
{
        struct error err = {0};
        cJSON *json;
        struct buf text;
        int n = 0;

        buf_init(&text, LIMIT_JSON_BYTES);
        buf_puts(&text, "{");
        for (; text.length < LIMIT_JSON_BYTES - 64; n++)
                buf_printf(&text, "\"%x\":1,", (unsigned)n * 2654435761u);
        buf_puts(&text, "\"//\":1,\"//\":1,\"last\":1}");
        ck_assert_msg(parse(text.data, &json, &err) == 0, "%s", err.text);
        cJSON_Delete(json);
        text.data[text.length - 1] = ',';
        buf_puts(&text, "\"last\":2}");
        ck_assert_int_eq(parse(text.data, &json, &err), ERR_INPUT);
        ck_assert_ptr_nonnull(strstr(err.text, "\"last\" appears twice"));
        buf_dispose(&text);
}
END_TEST

START_TEST(size_is_limited)
{
        struct error err = {0};
        cJSON *json;

        ck_assert_int_eq(json_parse("[1, 2]", 6, 5, "f", &json, &err),
                         ERR_LIMIT);
}
END_TEST

START_TEST(duplicate_keys_are_errors)
{
        struct error err = {0};
        cJSON *json;

        ck_assert_int_eq(parse("{\"a\": {\"b\": 1, \"b\": 2}}", &json, &err),
                         ERR_INPUT);
        ck_assert_ptr_nonnull(strstr(err.text, "\"b\""));
        ck_assert_int_eq(parse("{\"//\": 1, \"//\": 2}", &json, &err), 0);
        cJSON_Delete(json);
}
END_TEST

START_TEST(unknown_keys_get_a_suggestion)
{
        static const char *const known[] = {"branches", "cache", NULL};
        struct error err = {0};
        cJSON *json;

        ck_assert_int_eq(parse("{\"// note\": 1, \"cahe\": 2}", &json, &err),
                         0);
        ck_assert_int_eq(json_check_keys(json, known, "f.json", &err),
                         ERR_INPUT);
        ck_assert_ptr_nonnull(strstr(err.text, "cahe"));
        ck_assert_ptr_nonnull(strstr(err.text, "\"cache\""));
        cJSON_Delete(json);
}
END_TEST

START_TEST(getters_say_what_is_wrong)
{
        struct error err = {0};
        const char *text = "untouched";
        int64_t number = 7;
        cJSON *json;

        ck_assert_int_eq(
                parse("{\"a\": 1.5, \"b\": \"x\", \"c\": 3}", &json, &err), 0);
        ck_assert_int_eq(json_get_int(json, "a", "f", 0, 9, &number, &err),
                         ERR_INPUT);
        ck_assert_int_eq(json_get_int(json, "c", "f", 4, 9, &number, &err),
                         ERR_INPUT);
        ck_assert_ptr_nonnull(strstr(err.text, "from 4 to 9"));
        ck_assert_int_eq(json_get_text(json, "z", "f", &text, &err),
                         ERR_INPUT);
        ck_assert_int_eq(json_get_text_or(json, "z", "f", &text, &err), 0);
        ck_assert_str_eq(text, "untouched");
        ck_assert_int_eq(json_get_int(json, "c", "f", 0, 9, &number, &err), 0);
        ck_assert_int_eq(number, 3);
        cJSON_Delete(json);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {syntax_errors_name_line_and_column,
                                      text_after_the_end_is_an_error,
                                      depth_is_limited_before_parsing,
                                      many_keys_are_compared,
                                      size_is_limited,
                                      duplicate_keys_are_errors,
                                      unknown_keys_get_a_suggestion,
                                      getters_say_what_is_wrong};

        return check_main("json", tests, 8);
}
