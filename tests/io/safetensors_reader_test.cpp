// Each check of the safetensors reader refuses its fault, and nothing is read out of bounds.
#include "refusal.hpp"
#include "safetensors_bytes.hpp"
#include "support/temporary.hpp"

#include <cotangent/io/safetensors.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <span>
#include <string>

using cot::test::safetensors_bytes;

namespace {

cot::io::safetensors_layout layout_of(const std::string& bytes,
                                      cot::io::trailing_bytes extra = cot::io::trailing_bytes::refuse) {
  return cot::io::read_safetensors_layout(std::as_bytes(std::span(bytes)), "w.safetensors", extra);
}

std::string one(const std::string& entry, std::size_t data) { return safetensors_bytes("{\"a\":" + entry + "}", data); }

}  // namespace

TEST_CASE("io: safetensors layouts that are allowed") {
  CHECK(layout_of(safetensors_bytes("{}", 0)).tensors.empty());
  CHECK(layout_of(safetensors_bytes("{}      ", 0)).tensors.empty());
  const auto scalar = layout_of(one(R"({"dtype":"F32","shape":[],"data_offsets":[0,4]})", 4));
  CHECK(scalar.tensors.at(0).size() == 1);
  const auto empty = layout_of(one(R"({"dtype":"F32","shape":[0,7],"data_offsets":[0,0]})", 0));
  CHECK(empty.tensors.at(0).size() == 0);
  const auto unsorted = layout_of(safetensors_bytes(
      R"({"b":{"dtype":"U8","shape":[2],"data_offsets":[3,5]},"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}})",
      5));
  CHECK(unsorted.tensors.at(0).name == "a");
  CHECK(unsorted.tensors.at(1).begin == unsorted.tensors.at(0).end);
  const auto metadata = layout_of(safetensors_bytes(R"({"__metadata__":{"format":"pt","k":"v"}})", 0));
  CHECK(metadata.metadata.size() == 2);
  CHECK(metadata.metadata.at(1).second == "v");
  const auto packed = layout_of(one(R"({"dtype":"F4","shape":[3,2],"data_offsets":[0,3]})", 3));
  CHECK(packed.tensors.at(0).type == cot::io::number_type::F4);
  const std::string extra = one(R"({"dtype":"U8","shape":[1],"data_offsets":[0,1]})", 4);
  CHECK(layout_of(extra, cot::io::trailing_bytes::allow).extra_bytes == 3);
}

TEST_CASE("io: safetensors refuses hostile headers") {
  struct fault {
    const char* name;
    std::string bytes;
    std::uint64_t byte;
    const char* word;
  };
  const auto sized = [](std::uint64_t n, const std::string& rest) { return cot::test::little_endian(n) + rest; };
  constexpr std::uint64_t any = cot::test::any_place;
  const fault faults[] = {
      {"empty file", "", 0, "8 bytes of its size, got 0"},
      {"seven bytes", std::string(7, '\0'), 7, "got 7"},
      {"header of nothing", sized(0, ""), 8, "'{' first, got nothing"},
      {"header larger than the limit", sized(100'000'001, "{}"), 0, "at most 100000000 bytes, got 100000001"},
      {"header of 2^64-1", sized(~std::uint64_t{0}, "{}"), 0, "at most 100000000"},
      {"header of 2^63", sized(std::uint64_t{1} << 63, "{}"), 0, "at most 100000000"},
      {"header beyond the file", sized(3, "{}"), 0, "at most the 2 bytes that follow, got 3"},
      {"header beyond the file by much", sized(99'999'999, "{}"), 0, "the 2 bytes that follow"},
      {"not UTF-8", safetensors_bytes("{\"\xFF\":{}}", 0), 10, "UTF-8"},
      {"a pointer of Git LFS", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", any, "Git LFS"},
      {"leading space", safetensors_bytes(" {}", 0), 8, "'{' first"},
      {"an array", safetensors_bytes("[]", 0), 8, "'{' first"},
      {"byte-order mark", safetensors_bytes("\xEF\xBB\xBF{}", 0), 8, "'{' first"},
      {"no JSON", safetensors_bytes("{\"a\"", 0), 12, "':' after a key"},
      {"JSON and more", safetensors_bytes("{}{}", 0), 10, "the end of the text"},
      {"NUL padding", safetensors_bytes(std::string("{}\0\0", 4), 0), 10, "0x00"},
      {"repeated name",
       safetensors_bytes(R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},)"
                         R"("a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})",
                         0),
       any, "\"a\" twice"},
      {"empty name", safetensors_bytes(R"({"":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})", 0), any,
       "an empty one"},
      {"NUL in a name", safetensors_bytes(R"({"a\u0000":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})", 0), any,
       "NUL"},
      {"deep nesting", safetensors_bytes("{\"a\":" + std::string(50, '[') + std::string(50, ']') + "}", 0), any,
       "at most 8 nested"},
      {"values without end",
       safetensors_bytes(
           "{\"a\":[" +
               [] {
                 std::string t;
                 for (int i = 0; i < 1000; ++i) t += "0,";
                 return t;
               }() +
               "0]}",
           0),
       any, "values"},
      {"entry that is a number", one("1", 0), 13, "key a"},
      {"entry without dtype", one(R"({"shape":[],"data_offsets":[0,4]})", 4), 13, "dtype, shape and data_offsets"},
      {"entry with another key", one(R"({"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":1})", 0), 13,
       "an object of 4"},
      {"wrong key", one(R"({"type":"U8","shape":[0],"data_offsets":[0,0]})", 0), 13, "key a.dtype"},
      {"unknown dtype", one(R"({"dtype":"F33","shape":[0],"data_offsets":[0,0]})", 0), 22, "the string \"F33\""},
      {"lower-case dtype", one(R"({"dtype":"f32","shape":[0],"data_offsets":[0,0]})", 0), 22, "key a.dtype"},
      {"dtype that is a number", one(R"({"dtype":32,"shape":[0],"data_offsets":[0,0]})", 0), 22,
       "a string, got the integer 32"},
      {"shape that is a number", one(R"({"dtype":"U8","shape":4,"data_offsets":[0,4]})", 4), any, "key a.shape"},
      {"negative size", one(R"({"dtype":"U8","shape":[-1],"data_offsets":[0,0]})", 0), any, "key a.shape[0]"},
      {"fractional size", one(R"({"dtype":"U8","shape":[1.0],"data_offsets":[0,1]})", 1), any,
       "an integer, got the number 1.0"},
      {"size of 2^64", one(R"({"dtype":"U8","shape":[18446744073709551616],"data_offsets":[0,1]})", 1), any,
       "key a.shape[0]"},
      {"size of 2^63", one(R"({"dtype":"U8","shape":[9223372036854775808],"data_offsets":[0,1]})", 1), any,
       "key a.shape[0]"},
      {"size as text", one(R"({"dtype":"U8","shape":["1"],"data_offsets":[0,1]})", 1), any, "key a.shape[0]"},
      {"one offset", one(R"({"dtype":"U8","shape":[1],"data_offsets":[1]})", 1), any, "an array of two integers"},
      {"three offsets", one(R"({"dtype":"U8","shape":[1],"data_offsets":[0,1,1]})", 1), any,
       "an array of two integers"},
      {"negative offset", one(R"({"dtype":"U8","shape":[1],"data_offsets":[-1,0]})", 1), any, "key a.data_offsets[0]"},
      {"fractional offset", one(R"({"dtype":"U8","shape":[1],"data_offsets":[0,1.5]})", 1), any,
       "key a.data_offsets[1]"},
      {"hole at the front", one(R"({"dtype":"U8","shape":[1],"data_offsets":[1,2]})", 2), 13,
       "begin at 0, where the last tensor ended, got 1 (a hole)"},
      {"hole between",
       safetensors_bytes(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                         R"("b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}})",
                         3),
       any, "(a hole)"},
      {"overlap",
       safetensors_bytes(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                         R"("b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
                         3),
       any, "(an overlap)"},
      {"the same bytes twice",
       safetensors_bytes(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                         R"("b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})",
                         2),
       any, "(an overlap)"},
      {"end before begin",
       safetensors_bytes(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                         R"("b":{"dtype":"U8","shape":[0],"data_offsets":[2,1]}})",
                         2),
       any, "an end after the begin"},
      {"product overflows", one(R"({"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]})", 0), 13,
       "below 2^63 bits"},
      {"product overflows before a zero",
       one(R"({"dtype":"U8","shape":[4294967296,4294967296,0],"data_offsets":[0,0]})", 0), 13, "below 2^63 bits"},
      {"bits overflow", one(R"({"dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,0]})", 0), 13,
       "below 2^63 bits"},
      {"product wraps to the right size",
       one(R"({"dtype":"U8","shape":[3,6148914691236517206],"data_offsets":[0,2]})", 2), 13, "below 2^63 bits"},
      {"half a byte", one(R"({"dtype":"F4","shape":[3],"data_offsets":[0,2]})", 2), 13,
       "a whole number of bytes, got 12 bits"},
      {"six-bit numbers", one(R"({"dtype":"F6_E2M3","shape":[3],"data_offsets":[0,3]})", 3), 13,
       "a whole number of bytes"},
      {"too few bytes for the shape", one(R"({"dtype":"F32","shape":[2],"data_offsets":[0,4]})", 4), 13,
       "8 bytes of F32 [2], got 4"},
      {"too many bytes for the shape", one(R"({"dtype":"F32","shape":[2],"data_offsets":[0,12]})", 12), 13,
       "8 bytes of F32 [2], got 12"},
      {"file cut short", one(R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]})", 7), 13, "cut short"},
      {"no data at all", one(R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]})", 0), 13,
       "within the 0 bytes of data"},
      {"a terabyte", one(R"({"dtype":"U8","shape":[1099511627776],"data_offsets":[0,1099511627776]})", 8), 13,
       "cut short"},
      {"end of 2^64-1", one(R"({"dtype":"U8","shape":[1],"data_offsets":[0,18446744073709551615]})", 1), 13,
       "1 bytes of U8 [1]"},
      {"trailing bytes", one(R"({"dtype":"U8","shape":[1],"data_offsets":[0,1]})", 4), any, "3 more bytes"},
      {"data without tensors", safetensors_bytes("{}", 4), 10, "4 more bytes"},
      {"metadata that is a list", safetensors_bytes(R"({"__metadata__":[]})", 0), any, "key __metadata__"},
      {"metadata of a number", safetensors_bytes(R"({"__metadata__":{"a":1}})", 0), any, "key __metadata__.a"},
      {"metadata of an object", safetensors_bytes(R"({"__metadata__":{"a":{}}})", 0), any, "a string, got an object"},
  };
  for (const fault& f : faults) {
    cot::test::check_refused(f.name, [&] { (void)layout_of(f.bytes); }, "w.safetensors", f.byte, {f.word});
  }
}

TEST_CASE("io: safetensors refuses every truncation") {
  const std::string whole = cot::test::two_tensors();
  CHECK_NOTHROW((void)layout_of(whole));
  for (std::size_t n = 0; n < whole.size(); ++n) {
    INFO("length ", n);
    CHECK_THROWS_AS((void)layout_of(whole.substr(0, n)), cot::file_error);
  }
}
