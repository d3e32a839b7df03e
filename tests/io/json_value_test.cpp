// JSON values: what they convert to, and what their errors say.
#include "refusal.hpp"

#include <cotangent/io/json.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

using cot::io::json;
using cot::io::json_field;
using cot::io::parse_json;

TEST_CASE("io: json conversions check kind and range") {
  const json v = parse_json(R"({"i":300,"n":-1,"u":18446744073709551615,"x":1.5,"w":2.0,"b":true,"s":"hi","z":null})");
  CHECK(v.get<int>("i") == 300);
  CHECK(v.get<double>("i") == 300);
  CHECK(v.get<float>("x") == 1.5F);
  CHECK(v.get<std::uint64_t>("u") == UINT64_MAX);
  CHECK(v.value_or("missing", 7) == 7);
  CHECK(v.value_or("z", 7) == 7);
  CHECK(v.value_or("s", "no") == "hi");
  CHECK(v.value_or("missing", "no") == "no");
  const auto refuse = [&v](auto kind, const char* key, const char* expected, const char* got) {
    using T = decltype(kind);
    cot::test::check_refused(key, [&] { (void)v.get<T>(key); }, "JSON text", v.at(key).offset(),
                             {"key \"" + std::string(key) + "\"", "expected " + std::string(expected), got});
  };
  refuse(std::uint8_t{}, "i", "a small non-negative integer", "the integer 300");
  refuse(std::uint64_t{}, "n", "a non-negative integer", "the integer -1");
  refuse(std::int64_t{}, "u", "an integer", "18446744073709551615");
  refuse(std::int64_t{}, "x", "an integer", "the number 1.5");
  refuse(std::int64_t{}, "w", "an integer", "the number 2.0");
  refuse(int{}, "b", "an integer", "true");
  refuse(bool{}, "i", "a boolean", "the integer 300");
  refuse(double{}, "s", "a number", "the string \"hi\"");
  refuse(std::string{}, "b", "a string", "true");
  refuse(std::string{}, "z", "a string", "null");
  cot::test::check_refused("absent", [&] { (void)v.get<int>("q"); }, "JSON text", 0, {"the key \"q\""});
  cot::test::check_refused("items", [&] { (void)v.at("i").items(); }, "JSON text", 5, {"an array", "the integer 300"});
  cot::test::check_refused("members", [&] { (void)v.at("s").at("x"); }, "JSON text", v.at("s").offset(), {"an object"});
  cot::test::check_refused("index", [] { (void)json::list({1}).at(std::size_t{3}); }, "JSON text", cot::test::any_place,
                           {"an item 3", "1 items"});
}

TEST_CASE("io: json fields name file and key path") {
  const json document = parse_json(R"({"model":{"layers":[{"size":1},{"size":"big"}],"type":null}})");
  const json_field root(document, "config.json");
  CHECK(root.at("model").at("layers").at(std::size_t{0}).get<int>("size") == 1);
  CHECK(!root.at("model").find("type"));
  CHECK(root.at("model").contains("type"));
  cot::test::check_refused("type", [&] { (void)root.at("model").at("layers").at(std::size_t{1}).get<int>("size"); },
                           "config.json", 39, {"key model.layers[1].size", "the string \"big\""});
  cot::test::check_refused("absent", [&] { (void)root.at("model").at("depth"); }, "config.json", 9,
                           {"key model.depth", "no such key"});
  cot::test::check_refused("object", [&] { (void)root.at("model").at("layers").find("x"); }, "config.json", 19,
                           {"key model.layers", "an object"});
  cot::test::check_refused("array", [&] { (void)root.at("model").at(std::size_t{0}); }, "config.json", 9,
                           {"key model", "an array"});
  cot::test::check_refused("beyond", [&] { (void)root.at("model").at("layers").at(std::size_t{2}); }, "config.json", 19,
                           {"more than 2"});
  const json list = parse_json("[1]");
  cot::test::check_refused("root", [&] { (void)json_field(list, "list.json").at("a"); }, "list.json", 0,
                           {"JSON document", "an object"});
}
