// JSON as it is written, and read again.
#include "refusal.hpp"
#include "support/temporary.hpp"

#include <cotangent/io/json.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <string>

using cot::io::json;
using cot::io::json_text;
using cot::io::parse_json;

TEST_CASE("io: json keeps the order of keys and writes one line or many") {
  json v = json::of({{"z", 1}, {"a", json::list({true, nullptr, "q\"\\\n\x01"})}, {"m", json::of()}});
  v["b"]["deep"] = 2.0;
  v["z"] = -1;
  CHECK(json_text(v) == R"({"z":-1,"a":[true,null,"q\"\\\n\u0001"],"m":{},"b":{"deep":2.0}})");
  CHECK(json_text(v, {.spaced = true}) ==
        R"({"z": -1, "a": [true, null, "q\"\\\n\u0001"], "m": {}, "b": {"deep": 2.0}})");
  CHECK(json_text(json::of({{"a", json::list({1, 2})}, {"b", json::list()}}), {.indent = 2}) ==
        "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": []\n}");
  CHECK(v.members().erase("a"));
  CHECK(!v.members().erase("a"));
  CHECK(json_text(v) == R"({"z":-1,"m":{},"b":{"deep":2.0}})");
}

TEST_CASE("io: json doubles survive a round trip bit for bit") {
  for (const double x :
       {0.1, 1.0 / 3, 1e22, 1e-7, 5e-324, 1.7976931348623157e308, -0.0, 123456789.0, 0x1.fffffffffffffp52}) {
    const json back = parse_json(json_text(json(x)));
    CHECK(back.type() == json::kind::number);
    CHECK(back.as<double>() == x);
    CHECK(std::signbit(back.as<double>()) == std::signbit(x));
  }
  for (const double x : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    CHECK_THROWS_AS((void)json_text(json(x)), cot::option_error);
    CHECK(json_text(json(x), {.null_for_nan = true}) == "null");
  }
}

TEST_CASE("io: json values of a text equal those of its rewriting") {
  const std::string text = R"({"a":[1,2.5,{"b":"é"}],"c":18446744073709551615,"d":[[],{}],"e":false})";
  const json v = parse_json(text);
  CHECK(json_text(v) == text);
  CHECK(parse_json(json_text(v, {.indent = 4})) == v);
  CHECK(parse_json("{\"x\":1,\"y\":2}") == parse_json("{\"y\":2,\"x\":1}"));
  CHECK(!(parse_json("{\"x\":1}") == parse_json("{\"x\":2}")));
  CHECK(!(parse_json("1") == parse_json("1.0")));
  CHECK(!(parse_json("[1]") == parse_json("[1,1]")));
}

TEST_CASE("io: json objects find each of many keys") {
  const auto key = [](int i) { return (i % 2 == 0 ? "k" : "a common prefix ") + std::to_string(i * 7919 % 5000); };
  std::string text = "{";
  for (int i = 0; i < 5000; ++i) text += (i != 0 ? ",\"" : "\"") + key(i) + "\":" + std::to_string(i);
  json v = parse_json(text + "}");
  bool all = true;
  for (int i = 0; i < 5000; ++i) all = all && v.get<int>(key(i)) == i;
  CHECK(all);
  CHECK(v.find("k5000") == nullptr);
  v["new"] = 1;
  CHECK(v.get<int>("new") == 1);
  CHECK(v.get<int>(key(4999)) == 4999);
  CHECK(v.size() == 5001);
}

TEST_CASE("io: json files") {
  const cot::test::temporary_folder folder;
  const std::string path = folder / "a.json";
  cot::io::write_json(path, json::of({{"a", 1}}));
  CHECK(cot::test::bytes_of(path) == "{\n  \"a\": 1\n}\n");
  CHECK(cot::io::read_json(path).get<int>("a") == 1);
  cot::test::check_refused("absent", [&] { (void)cot::io::read_json(folder / "b.json"); }, "b.json",
                           cot::test::any_place, {"cannot open", "No such file"});
  cot::test::check_refused("folder", [&] { (void)cot::io::read_json(folder.path()); }, folder.path().string(),
                           cot::test::any_place, {"Is a directory"});
  cot::test::check_refused("limit", [&] { (void)cot::io::read_json(path, 3); }, "a.json", 3, {"at most 3 bytes"});
  cot::test::put_bytes(folder / "bad.json", "[1,");
  cot::test::check_refused("bad", [&] { (void)cot::io::read_json(folder / "bad.json"); }, "bad.json", 3, {"a value"});
}
