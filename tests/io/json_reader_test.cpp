// The JSON reader takes all of RFC 8259 and nothing beside it.
#include "refusal.hpp"

#include <cotangent/io/json.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

using cot::io::json;
using cot::io::parse_json;

TEST_CASE("io: json reads every kind of value") {
  const json v = parse_json(" {\"a\" : [1, -2.5e1, true,false , null,\"x\"],\r\n\t\"b\":{}, \"c\":[] } ");
  CHECK(v.at("a").size() == 6);
  CHECK(v.at("a").at(std::size_t{0}).as<int>() == 1);
  CHECK(v.at("a").at(std::size_t{1}).as<double>() == -25);
  CHECK(v.at("a").at(std::size_t{2}).as<bool>());
  CHECK(!v.at("a").at(std::size_t{3}).as<bool>());
  CHECK(v.at("a").at(std::size_t{4}).is_null());
  CHECK(v.at("a").at(std::size_t{5}).as<std::string>() == "x");
  CHECK(v.at("b").is_object());
  CHECK(v.at("c").is_array());
  for (const char* alone : {"0", "\"\"", "null", "true", "[]", "{}", "-1.5"}) CHECK_NOTHROW((void)parse_json(alone));
}

TEST_CASE("io: json numbers are exact or correctly rounded") {
  const auto whole = [](const char* text) { return parse_json(text).as<std::int64_t>(); };
  CHECK(whole("9223372036854775807") == INT64_MAX);
  CHECK(whole("-9223372036854775808") == INT64_MIN);
  CHECK(parse_json("18446744073709551615").as<std::uint64_t>() == UINT64_MAX);
  CHECK(parse_json("9007199254740993").as<std::int64_t>() == 9007199254740993);
  CHECK(parse_json("18446744073709551616").type() == json::kind::number);
  CHECK(parse_json("1000000000000000019884624838656").as<double>() == 1e30);
  const auto real = [](const char* text) { return parse_json(text).as<double>(); };
  CHECK(real("0.1") == 0.1);
  CHECK(real("1.7976931348623157e308") == std::numeric_limits<double>::max());
  CHECK(real("2.2250738585072011e-308") == 0x0.fffffffffffffp-1022);
  CHECK(real("4.9e-324") == 0x1p-1074);
  CHECK(real("9007199254740993.0") == 9007199254740992.0);  // a tie goes to even
  CHECK(real("9007199254740993.0000000000000000000000000000000001") == 9007199254740994.0);
  CHECK(real("1e-400") == 0);
  CHECK(std::signbit(real("-1e-400")));
  CHECK(std::signbit(real("-0")));
  CHECK(std::signbit(real("-0.0")));
  CHECK(real("0e999999999999999999999") == 0);
  CHECK(real("0.000000000000000000000000001e27") == 1);
  CHECK(parse_json("1.0").type() == json::kind::number);
  CHECK(parse_json("1").type() == json::kind::integer);
}

TEST_CASE("io: json strings are UTF-8, escapes and surrogate pairs included") {
  const auto text = [](const char* source) { return parse_json(source).as<std::string>(); };
  CHECK(text(R"("\"\\\/\b\f\n\r\t")") == "\"\\/\b\f\n\r\t");
  CHECK(text(R"("\u0041\u00e9\u20AC\ud83d\uDE00")") == "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
  CHECK(text("\"\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 \x7F\"") == "\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 \x7F");
  CHECK(text(R"("\u0000")") == std::string(1, '\0'));
  CHECK(text("\"\xEF\xBF\xBF\xF4\x8F\xBF\xBF\"").size() == 7);
}

TEST_CASE("io: json refuses what RFC 8259 does not allow, at its byte") {
  struct fault {
    const char* name;
    std::string text;
    std::uint64_t byte;
    const char* word;
  };
  const fault faults[] = {
      {"nothing", "", 0, "expected a value, got the end of the text"},
      {"only space", "  \n", 3, "expected a value"},
      {"byte-order mark", "\xEF\xBB\xBF{}", 0, "byte-order mark"},
      {"two values", "1 2", 2, "expected the end of the text, got '2'"},
      {"NUL after the value", std::string("1\0", 2), 1, "0x00"},
      {"NaN", "[NaN]", 1, "expected a value, got 'N'"},
      {"Infinity", "[Infinity]", 1, "'I'"},
      {"-Infinity", "[-Infinity]", 2, "expected a digit, got 'I'"},
      {"nan", "nan", 1, "the word null"},
      {"True", "True", 0, "'T'"},
      {"cut true", "tru", 3, "the word true, got the end"},
      {"long null", "nulll", 4, "'l'"},
      {"plus", "+1", 0, "'+'"},
      {"leading zero", "012", 0, "without leading zeros"},
      {"minus leading zero", "-01", 1, "without leading zeros"},
      {"hexadecimal", "0x10", 1, "'x'"},
      {"point first", ".5", 0, "'.'"},
      {"point last", "1.", 2, "a digit after the point"},
      {"no exponent", "1e", 2, "a digit of the exponent"},
      {"signed no exponent", "1e+", 3, "a digit of the exponent"},
      {"lone minus", "-", 1, "a digit"},
      {"too large", "1e309", 0, "within the range of double, got 1e309"},
      {"too large in digits", std::string(400, '9'), 0, "within the range of double"},
      {"huge exponent", "1e99999999999999999999", 0, "within the range"},
      {"trailing comma in array", "[1,]", 3, "expected a value, got ']'"},
      {"trailing comma in object", "{\"a\":1,}", 7, "a key in double quotes, got '}'"},
      {"missing comma", "[1 2]", 3, "',' or ']'"},
      {"missing comma in object", "{\"a\":1 \"b\":2}", 7, "',' or '}'"},
      {"missing colon", "{\"a\" 1}", 5, "':' after a key"},
      {"bare key", "{a:1}", 1, "a key in double quotes, got 'a'"},
      {"single quotes", "['a']", 1, "'''"},
      {"number as key", "{1:2}", 1, "a key in double quotes"},
      {"open array", "[1", 2, "the end of the text"},
      {"open object", "{\"a\":", 5, "the end of the text"},
      {"open object after key", "{\"a\"", 4, "':'"},
      {"stray close", "]", 0, "']'"},
      {"wrong close", "[1}", 2, "',' or ']' after an item, got '}'"},
      {"comment", "[1,/*2*/3]", 3, "'/'"},
      {"open string", "\"abc", 0, "a string closed"},
      {"open escape", "\"abc\\", 5, "the end of the text"},
      {"unknown escape", "\"\\x41\"", 2, "'x'"},
      {"short escape", "\"\\u12\"", 5, "four hexadecimal digits"},
      {"bad escape", "\"\\u12G4\"", 5, "'G'"},
      {"newline in string", "\"a\nb\"", 2, "control character"},
      {"tab in string", "\"a\tb\"", 2, "control character"},
      {"NUL in string", std::string("\"a\0b\"", 5), 2, "control character"},
      {"lone high surrogate", "\"\\ud800\"", 1, "a low surrogate after a high one"},
      {"lone low surrogate", "\"\\udc00\"", 1, "a high surrogate first"},
      {"two high surrogates", "\"\\ud800\\ud800\"", 1, "a low surrogate after a high one"},
      {"surrogate then letter", "\"\\ud83dx\"", 1, "a low surrogate"},
      {"stray continuation", "\"\x80\"", 1, "expected UTF-8, got the byte 0x80"},
      {"overlong two", "\"\xC0\xAF\"", 1, "UTF-8"},
      {"overlong three", "\"\xE0\x80\xAF\"", 1, "UTF-8"},
      {"overlong four", "\"\xF0\x80\x80\xAF\"", 1, "UTF-8"},
      {"encoded surrogate", "\"\xED\xA0\x80\"", 1, "UTF-8"},
      {"above U+10FFFF", "\"\xF4\x90\x80\x80\"", 1, "UTF-8"},
      {"byte FF", "\"ab\xFF\"", 3, "0xff"},
      {"cut sequence", "\"\xE2\x82\"", 1, "UTF-8"},
      {"cut sequence at the end", "\"\xE2\x82", 1, "UTF-8"},
      {"ill-formed key", "{\"\xFF\":1}", 2, "UTF-8"},
      {"repeated key", "{\"a\":1,\"b\":2,\"a\":3}", 13, "\"a\" twice"},
      {"repeated key by escape", "{\"a\":1,\"\\u0061\":2}", 7, "\"a\" twice"},
      {"no-break space",
       "\xC2\xA0"
       "1",
       0, "0xc2"},
      {"form feed", "\f1", 0, "0x0c"},
      {"65 levels", std::string(65, '[') + std::string(65, ']'), 64, "at most 64 nested"},
      {"a million levels", std::string(1000000, '['), 64, "at most 64 nested"},
      {"levels of objects",
       [] {
         std::string text;
         for (int i = 0; i < 70; ++i) text += "{\"a\":";
         return text;
       }(),
       64 * 5, "at most 64 nested"},
  };
  for (const fault& f : faults) {
    cot::test::check_refused(f.name, [&] { (void)parse_json(f.text, {.name = "bad.json"}); }, "bad.json", f.byte,
                             {f.word});
  }
  CHECK_NOTHROW((void)parse_json(std::string(64, '[') + std::string(64, ']')));
}

TEST_CASE("io: json errors of one line among many name the line") {
  try {
    (void)parse_json("{\"a\":}", {.name = "log.jsonl", .line = 12});
    FAIL("not refused");
  } catch (const cot::file_error& refusal) {
    CHECK(std::string(refusal.what()) == "JSON, column 6, at log.jsonl:12: expected a value, got '}'");
    CHECK(refusal.at().unit == cot::file_error::position::kind::line);
    CHECK(refusal.at().value == 12);
  }
}

TEST_CASE("io: json limits the number of values") {
  CHECK_NOTHROW((void)parse_json("[1,2]", {.most_values = 3}));
  cot::test::check_refused("values", [] { (void)parse_json("[1,2,3]", {.most_values = 3}); }, "JSON text",
                           cot::test::any_place, {"at most 3 values"});
}

TEST_CASE("io: json refuses every truncation of a document") {
  const std::string whole = R"({"a":[1,2.5e3,"x\u00e9"],"b":{"c":null,"d":true}})";
  CHECK_NOTHROW((void)parse_json(whole));
  for (std::size_t n = 0; n < whole.size(); ++n) {
    INFO("length ", n);
    CHECK_THROWS_AS((void)parse_json(whole.substr(0, n)), cot::file_error);
  }
}
