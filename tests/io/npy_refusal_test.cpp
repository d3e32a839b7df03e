// Each check of the npy reader refuses its fault.
#include "refusal.hpp"

#include <cotangent/io/npy.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace {

/// A version 1 file with a header as it stands.
std::string npy(const std::string& header, std::size_t data) {
  std::string bytes("\x93NUMPY\1\0", 8);
  bytes += static_cast<char>(header.size() & 0xFF);
  bytes += static_cast<char>(header.size() >> 8);
  return bytes + header + std::string(data, 'x');
}

cot::io::npy_layout layout_of(const std::string& bytes) {
  return cot::io::read_npy_layout(std::as_bytes(std::span(bytes)), "e.npy");
}

}  // namespace

TEST_CASE("io: npy headers that are allowed") {
  CHECK(layout_of(npy("{\"shape\":(2,3),\"descr\":\"=f4\",'fortran_order':True}", 24)).fortran_order);
  CHECK(layout_of(npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3,), }   \n", 6)).size() == 6);
  CHECK(layout_of(npy("{'descr': '>i1', 'fortran_order': False, 'shape': (6,)}", 6)).big_endian == false);
  CHECK(layout_of(npy("{'descr': '>f8', 'fortran_order': False, 'shape': ()}", 8)).big_endian);
}

TEST_CASE("io: npy refuses hostile headers") {
  struct fault {
    const char* name;
    std::string bytes;
    std::uint64_t byte;
    const char* word;
  };
  const auto with = [](const std::string& descr, const std::string& order, const std::string& shape, std::size_t data) {
    return npy("{'descr': " + descr + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }\n", data);
  };
  constexpr std::uint64_t any = cot::test::any_place;
  const fault faults[] = {
      {"empty", "", 0, "an empty file"},
      {"text", "0.1\t0.2\n", 0, "the magic"},
      {"cut magic", "\x93NUM", 0, "the magic"},
      {"zip", "PK\3\4aaaaaaaa", 0, "the magic"},
      {"magic alone", "\x93NUMPY", 6, "a header, got the end"},
      {"version 0", std::string("\x93NUMPY\0\0\0\0", 10), 6, "version 1, 2 or 3, got 0"},
      {"version 4", std::string("\x93NUMPY\4\0\0\0\0\0", 12), 6, "version 1, 2 or 3, got 4"},
      {"version 2 cut", std::string("\x93NUMPY\2\0\0\0", 10), 10, "a header"},
      {"header beyond the file", std::string("\x93NUMPY\1\0\x05\0{}", 12), 8, "within the file, got 5 bytes of 2"},
      {"header of 4 GB", std::string("\x93NUMPY\2\0\xFF\xFF\xFF\xFF", 12), 8, "at most 1048576 bytes"},
      {"no header", npy("", 0), 10, "'{'"},
      {"no dict", npy("[]", 0), 10, "'{', got '['"},
      {"empty dict", npy("{}", 0), 10, "the key descr"},
      {"no shape", npy("{'descr': '<f4', 'fortran_order': False}", 0), 10, "the key shape"},
      {"no order", npy("{'descr': '<f4', 'shape': (1,)}", 4), 10, "the key fortran_order"},
      {"another key", npy("{'descr': '<f4', 'x': 1}", 0), 27, "one of the keys"},
      {"key twice", npy("{'descr': '<f4', 'descr': '<f4'}", 0), 27, "'descr' twice"},
      {"bare key", npy("{descr: '<f4'}", 0), 11, "a quoted key"},
      {"open quote", npy("{'descr: <f4}", 0), 11, "a closing quote"},
      {"mixed quotes", npy("{'descr\": '<f4'}", 0), any, "npy header"},
      {"missing colon", npy("{'descr' '<f4'}", 0), 19, "':' after a key"},
      {"missing comma", npy("{'descr': '<f4' 'shape': (1,)}", 4), 26, "',' or '}'"},
      {"text after the dict", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x", 4), any, "more text"},
      {"expression", with("'<f4'", "False", "(1+1,)", 8), any, "',' or ')'"},
      {"call", with("__import__('os')", "False", "(1,)", 4), 20, "a quoted type"},
      {"object", with("'|O'", "False", "(1,)", 8), 20, "pickles, which are never read"},
      {"string type", with("'<U5'", "False", "(1,)", 20), 20, "'<U5'"},
      {"bytes", with("'|S5'", "False", "(1,)", 5), 20, "'|S5'"},
      {"complex", with("'<c8'", "False", "(1,)", 8), 20, "'<c8'"},
      {"long double", with("'<f16'", "False", "(1,)", 16), 20, "'<f16'"},
      {"f3", with("'<f3'", "False", "(1,)", 3), 20, "'<f3'"},
      {"no byte order", with("'f4'", "False", "(1,)", 4), 20, "'f4'"},
      {"no byte order for wide", with("'|f4'", "False", "(1,)", 4), 20, "'|f4'"},
      {"structured", with("[('a', '<f4')]", "False", "(1,)", 4), 20, "a structured type"},
      {"dates", with("'<M8[ns]'", "False", "(1,)", 8), 20, "'<M8[ns]'"},
      {"lower-case truth", with("'<f4'", "false", "(1,)", 4), any, "True or False, got 'f'"},
      {"number as truth", with("'<f4'", "0", "(1,)", 4), any, "True or False"},
      {"list as shape", with("'<f4'", "False", "[1]", 4), any, "'(' of the shape"},
      {"number as shape", with("'<f4'", "False", "1", 4), any, "'(' of the shape"},
      {"parenthesised number", with("'<f4'", "False", "(1)", 4), any, "(n,) for one dimension"},
      {"negative size", with("'<f4'", "False", "(-1,)", 0), any, "a size, got '-'"},
      {"float size", with("'<f4'", "False", "(1.0,)", 4), any, "',' or ')'"},
      {"size of 2^63", with("'<f4'", "False", "(9223372036854775808,)", 4), any, "a size below 2^63"},
      {"product overflows", with("'<f4'", "False", "(4294967296, 4294967296)", 4), 10, "below 2^63 bits"},
      {"65 dimensions",
       with(
           "'|u1'", "False",
           "(" +
               [] {
                 std::string t;
                 for (int i = 0; i < 65; ++i) t += "1,";
                 return t;
               }() +
               ")",
           1),
       any, "at most 64 dimensions"},
      {"open shape", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,", 4), any, "a size, got its end"},
      {"too few bytes", with("'<f4'", "False", "(2, 3)", 23), any, "24 bytes of F32 [2, 3], got 23"},
      {"too many bytes", with("'<f4'", "False", "(2, 3)", 25), any, "24 bytes of F32 [2, 3], got 25"},
      {"a terabyte", with("'<f8'", "False", "(137438953472,)", 8), any, "got 8"},
      {"NUL in the header", npy(std::string("{\0}", 3), 0), 11, "a quoted key, got '\\x00'"},
  };
  for (const fault& f : faults) {
    cot::test::check_refused(f.name, [&] { (void)layout_of(f.bytes); }, "e.npy", f.byte, {f.word});
  }
}

TEST_CASE("io: npy refuses every truncation") {
  const std::string whole = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n", 24);
  CHECK_NOTHROW((void)layout_of(whole));
  for (std::size_t n = 0; n < whole.size(); ++n) {
    INFO("length ", n);
    CHECK_THROWS_AS((void)layout_of(whole.substr(0, n)), cot::file_error);
  }
}
