// Safetensors files as the reference package writes them, read and written again.
#include "refusal.hpp"
#include "safetensors_bytes.hpp"
#include "support/data.hpp"
#include "support/temporary.hpp"

#include <cotangent/io/safetensors.hpp>
#include <cotangent/io/safetensors_writer.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

using cot::io::number_type;
using cot::io::safetensors_file;
using cot::io::tensor_source;

TEST_CASE("io: safetensors of the reference package, every type") {
  const safetensors_file file(cot::test::golden("io/every_type.safetensors").string());
  CHECK(file.tensors().size() == 13);
  CHECK(file.layout().metadata.at(0).first == "format");
  for (const char* name : {"all.F64", "all.F32", "all.F16", "all.BF16"}) {
    INFO(name);
    const std::vector<float> values = file.read<float>(name);
    const std::vector<double> wide = file.read<double>(name);
    bool equal = values.size() == 12 && wide.size() == 12;
    for (int i = 0; i < 12; ++i) {
      const auto at = static_cast<std::size_t>(i);
      equal = equal && values[at] == static_cast<float>(i - 3) / 2 && wide[at] == (i - 3) / 2.0;
    }
    CHECK(equal);
    CHECK_THROWS_AS((void)file.read<std::int64_t>(name), cot::file_error);
  }
  for (const char* name : {"all.I64", "all.I32", "all.I16", "all.I8"}) {
    INFO(name);
    const auto values = file.read<std::int64_t>(name);
    bool equal = values.size() == 12;
    for (int i = 0; i < 12; ++i) equal = equal && values[static_cast<std::size_t>(i)] == i - 3;
    CHECK(equal);
    CHECK(file.read<float>(name).at(2) == -1.0F);
    cot::test::check_refused(name, [&] { (void)file.read<std::uint8_t>(name); }, "every_type.safetensors",
                             file.at(name).begin, {"item 0 beyond"});
  }
  CHECK(file.read<int>("all.U8").at(11) == 11);
  CHECK(file.read<std::uint8_t>("all.BOOL") == std::vector<std::uint8_t>{1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0});
  CHECK(file.read<float>("scalar") == std::vector<float>{2.5F});
  CHECK(file.read<float>("empty").empty());
  CHECK(file.read<cot::bfloat16>("all.F32").at(1).bits == 0xBF80);
  const auto view = file.view<float, 2>("all.F32");
  CHECK(view(1, 1) == 1.0F);
  const char* path = "every_type.safetensors";
  cot::test::check_refused("name", [&] { (void)file.read<float>("nothing"); }, path, cot::test::any_place,
                           {"tensor \"nothing\"", "13 tensors"});
  cot::test::check_refused("view type", [&] { (void)file.view<float, 2>("all.F64"); }, path, file.at("all.F64").begin,
                           {"expected F32, got F64"});
  cot::test::check_refused("view rank", [&] { (void)file.view<float, 1>("all.F32"); }, path, file.at("all.F32").begin,
                           {"rank 1", "[3, 4]"});
  std::vector<float> small(3);
  cot::test::check_refused("size", [&] { file.read<float>(file.at("all.F32"), small); }, path, file.at("all.F32").begin,
                           {"3 numbers", "[3, 4]"});
}

TEST_CASE("io: safetensors are written byte for byte as by the reference package") {
  const cot::test::temporary_folder folder;
  for (const char* name : {"every_type", "no_metadata"}) {
    const std::string golden = cot::test::golden("io/" + std::string(name) + ".safetensors").string();
    const safetensors_file file(golden);
    std::vector<tensor_source> tensors;
    for (const auto& t : file.tensors()) tensors.insert(tensors.begin(), {t.name, t.type, t.shape, file.bytes(t)});
    cot::io::safetensors_options options;
    options.metadata = {file.layout().metadata.begin(), file.layout().metadata.end()};
    const std::string path = folder / "again.safetensors";
    cot::io::write_safetensors(path, tensors, options);
    CHECK(cot::test::bytes_of(path) == cot::test::bytes_of(golden));
  }
  CHECK(cot::test::entries_below(folder.path()) == 1);
}

TEST_CASE("io: safetensors refuses to write what it would not read, and leaves nothing") {
  const cot::test::temporary_folder folder;
  const std::string path = folder / "w.safetensors";
  const std::vector<float> two{1, 2};
  const float nan = std::nanf(""), infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> with_nan{1, nan}, with_infinity{-infinity, 1};
  const std::vector<double> wide_nan{0.0, std::nan("")};
  const auto good = tensor_source::of<float>("a", {2}, two);
  const auto refuse = [&](const char* name, std::vector<tensor_source> tensors, const char* word) {
    cot::test::check_refused(name, [&] { cot::io::write_safetensors(path, tensors); }, "w.safetensors",
                             cot::test::any_place, {word});
    CHECK(cot::test::entries_below(folder.path()) == 0);
  };
  refuse("size", {tensor_source::of<float>("a", {3}, two)}, "the bytes of F32 [3], got 8");
  refuse("negative", {tensor_source::of<float>("a", {-2}, two)}, "[-2]");
  refuse("overflow", {tensor_source::of<float>("a", {1LL << 40, 1LL << 40}, two)}, "the bytes of F32");
  refuse("empty name", {tensor_source::of<float>("", {2}, two)}, "a name of UTF-8");
  refuse("reserved", {tensor_source::of<float>("__metadata__", {2}, two)}, "reserved");
  refuse("NUL", {tensor_source::of<float>(std::string("a\0b", 3), {2}, two)}, "a name of UTF-8");
  refuse("UTF-8", {tensor_source::of<float>("\xFF", {2}, two)}, "a name of UTF-8");
  refuse("twice", {good, good}, "names that differ");
  refuse("NaN", {good, tensor_source::of<float>("b", {2}, with_nan)},
         "expected finite numbers, got NaN or infinity at item 1");
  refuse("infinity", {tensor_source::of<float>("b", {2}, with_infinity)}, "at item 0");
  refuse("wide NaN", {tensor_source::of<double>("b", {2}, wide_nan)}, "at item 1");
  cot::test::check_refused("folder", [&] { cot::io::write_safetensors(folder / "no/such/w.safetensors", {}); },
                           "no/such/w.safetensors", cot::test::any_place, {"No such file"});
  cot::io::write_safetensors(path, std::vector{tensor_source::of<float>("b", {2}, with_nan)},
                             {.allow_non_finite = true});
  CHECK(std::isnan(safetensors_file(path).read<float>("b").at(1)));
}

TEST_CASE("io: safetensors with odd offsets are copied, not viewed") {
  const cot::test::temporary_folder folder;
  cot::test::put_bytes(folder / "odd.safetensors", cot::test::two_tensors());
  const safetensors_file file(folder / "odd.safetensors");
  CHECK(file.read<int>("b") == std::vector<int>{0x0403, 0x0605});
  CHECK((file.at("b").begin % 2) == 1);
  cot::test::check_refused("odd", [&] { (void)file.view<std::int16_t, 2>("b"); }, "odd.safetensors", file.at("b").begin,
                           {"aligned"});
}
