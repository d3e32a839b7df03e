// .npy files of NumPy: every type, order and version read, and written byte for byte.
#include "refusal.hpp"
#include "support/data.hpp"
#include "support/temporary.hpp"

#include <cotangent/io/npy.hpp>
#include <cotangent/io/npy_writer.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

using cot::io::npy_file;
using cot::io::number_type;
using cot::test::bytes_of;

namespace {

std::string golden(const std::string& name) { return cot::test::golden("io/" + name + ".npy").string(); }

std::vector<double> counted(double first, double step) {
  std::vector<double> values;
  for (int i = 0; i < 12; ++i) values.push_back((first + i) * step);
  return values;
}

template <class T>
void check_written_alike(const char* name, const std::vector<T>& values, const std::vector<cot::index>& shape) {
  INFO(name);
  const cot::test::temporary_folder folder;
  cot::io::write_npy<T>(folder / "a.npy", shape, values);
  CHECK(bytes_of(folder / "a.npy") == bytes_of(golden(name)));
  CHECK(cot::test::entries_below(folder.path()) == 1);
}

}  // namespace

TEST_CASE("io: npy of every type") {
  for (const char* name : {"f2", "f4", "f8", "f4_fortran", "f4_big", "version2", "version3"}) {
    INFO(name);
    const npy_file file(golden(name));
    CHECK(file.shape() == std::vector<cot::index>{3, 4});
    CHECK(file.read<double>() == counted(-3, 0.5));
    CHECK(file.matrix<float>().view()(2, 1) == 3.0F);
    CHECK_THROWS_AS((void)file.read<int>(), cot::file_error);
  }
  for (const char* name : {"i1", "i2", "i4", "i8", "i8_big_fortran"}) {
    INFO(name);
    CHECK(npy_file(golden(name)).read<double>() == counted(-3, 1));
    CHECK(npy_file(golden(name)).read<std::int64_t>().at(0) == -3);
    cot::test::check_refused(name, [&] { (void)npy_file(golden(name)).read<std::uint32_t>(); }, name, 128,
                             {"item 0 beyond"});
  }
  for (const char* name : {"u1", "u2", "u4", "u8"}) {
    INFO(name);
    CHECK(npy_file(golden(name)).read<double>() == counted(0, 1));
    CHECK(npy_file(golden(name)).read<int>().at(11) == 11);
  }
  CHECK(npy_file(golden("b1")).read<std::uint8_t>() == std::vector<std::uint8_t>{1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0});
  CHECK(npy_file(golden("f8_fortran3")).read<double>() == counted(-3, 0.5));
  CHECK(npy_file(golden("scalar")).read<float>() == std::vector<float>{2.5F});
  CHECK(npy_file(golden("scalar")).shape().empty());
  CHECK(npy_file(golden("row")).shape() == std::vector<cot::index>{12});
  CHECK(npy_file(golden("empty")).read<float>().empty());
  cot::test::check_refused("rank", [] { (void)npy_file(golden("row")).matrix<float>(); }, "row.npy", 10,
                           {"a matrix, got shape [12]"});
}

TEST_CASE("io: npy written as NumPy writes it") {
  std::vector<float> f4;
  std::vector<double> f8;
  std::vector<std::int64_t> i8;
  std::vector<std::uint16_t> u2;
  for (int i = 0; i < 12; ++i) {
    f4.push_back(static_cast<float>(i - 3) / 2);
    f8.push_back((i - 3) / 2.0);
    i8.push_back(i - 3);
    u2.push_back(static_cast<std::uint16_t>(i));
  }
  check_written_alike("f4", f4, {3, 4});
  check_written_alike("f8", f8, {3, 4});
  check_written_alike("i8", i8, {3, 4});
  check_written_alike("u2", u2, {3, 4});
  check_written_alike("row", f4, {12});
  check_written_alike<float>("scalar", {2.5F}, {});
  check_written_alike<float>("empty", {}, {0, 4});
  const cot::test::temporary_folder folder;
  cot::test::check_refused("count", [&] { cot::io::write_npy<float>(folder / "a.npy", {3, 5}, f4); }, "a.npy",
                           cot::test::any_place, {"shape [3, 5], got 12"});
  CHECK(cot::test::entries_below(folder.path()) == 0);
}

TEST_CASE("io: npy rows of unknown number") {
  const cot::test::temporary_folder folder;
  std::vector<float> values;
  for (int i = 0; i < 12; ++i) values.push_back(static_cast<float>(i - 3) / 2);
  for (const auto& [type, name] :
       {std::pair(number_type::F32, "f4"), {number_type::F16, "f2"}, {number_type::F64, "f8"}}) {
    cot::io::npy_rows rows(folder / "a.npy", 4, type);
    rows.append(std::span(values).first(4));
    rows.append({});
    rows.append(std::span(values).subspan(4));
    CHECK(rows.rows() == 3);
    CHECK_THROWS_AS(rows.append(std::span(values).first(3)), cot::shape_error);
    rows.commit();
    CHECK(bytes_of(folder / "a.npy") == bytes_of(golden(name)));
  }
  cot::io::npy_rows bits(folder / "b.npy", 4, number_type::BF16);
  bits.append(values);
  bits.commit();
  CHECK(npy_file(folder / "b.npy").type() == number_type::U16);
  CHECK(npy_file(folder / "b.npy").read<std::uint16_t>().at(0) == 0xBFC0);
  {
    cot::io::npy_rows never(folder / "c.npy", 4);
    never.append(values);
  }
  CHECK(cot::test::entries_below(folder.path()) == 2);
  cot::io::npy_rows none(folder / "d.npy", 4);
  none.commit();
  CHECK(bytes_of(folder / "d.npy") == bytes_of(golden("empty")));
  CHECK_THROWS_AS(cot::io::npy_rows(folder / "e.npy", 4, number_type::I32), cot::option_error);
}

TEST_CASE("io: half precision, all numbers") {
  int wrong = 0;
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const float value = cot::io::float_from_half(half);
    const std::uint32_t exponent = bits >> 10 & 31, fraction = bits & 1023;
    const float magnitude = exponent == 0
                                ? std::ldexp(static_cast<float>(fraction), -24)
                                : std::ldexp(static_cast<float>(1024 + fraction), static_cast<int>(exponent) - 25);
    if (exponent == 31) {
      wrong += fraction != 0 ? !std::isnan(value) : !std::isinf(value) || std::signbit(value) != (bits >= 0x8000);
      wrong += fraction == 0 && cot::io::half_from_float(value) != half;
    } else {
      wrong += value != (bits < 0x8000 ? magnitude : -magnitude);
      wrong += cot::io::half_from_float(value) != half;
    }
  }
  CHECK(wrong == 0);
  CHECK(cot::io::half_from_float(65519.0F) == 0x7BFF);
  CHECK(cot::io::half_from_float(65520.0F) == 0x7C00);
  CHECK(cot::io::half_from_float(2049.0F) == 0x6800);  // a tie goes to even
  CHECK(cot::io::half_from_float(2051.0F) == 0x6802);
  CHECK(cot::io::half_from_float(0x1p-25F) == 0);  // half of the least subnormal: a tie
  CHECK(cot::io::half_from_float(0x1.8p-25F) == 1);
  CHECK(cot::io::half_from_float(0x1.FFEp-15F) == 0x0400);  // rounds up into the normal numbers
  CHECK((cot::io::half_from_float(std::nanf("")) & 0x7FFF) > 0x7C00);
}
