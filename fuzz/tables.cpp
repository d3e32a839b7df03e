// Text files and tables on any bytes. The first byte chooses what to do with empty lines.

#include <cotangent/core/error.hpp>
#include <cotangent/data/lines.hpp>
#include <cotangent/data/sts_pairs.hpp>
#include <cotangent/data/training_rows.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <unistd.h>

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

/// Runs one reader: any failure must be an error of the library.
template <class Read>
void attempt(const Read& read) {
  try {
    read();
  } catch (const cot::error&) {}
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string path =
      (std::filesystem::temp_directory_path() / ("cotangent-fuzz-" + std::to_string(getpid()) + ".tsv")).string();
  if (size == 0) return 0;
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(data + 1), static_cast<std::streamsize>(size - 1));
  const auto empty = data[0] % 2 ? cot::data::empty_lines::skip : cot::data::empty_lines::refuse;
  attempt([&] {
    for (const std::string& line : cot::data::lines(path, empty)) {
      require(!line.empty() && line.find('\n') == std::string::npos);
      require(cot::text::first_invalid_utf8(line) == line.size());
    }
  });
  attempt([&] {
    const cot::data::sts_pairs pairs = cot::data::read_sts_pairs(path, empty);
    require(pairs.first.size() == pairs.scores.size() && pairs.second.size() == pairs.scores.size());
    for (const double score : pairs.scores) require(std::isfinite(score));
    require(pairs.blocks.empty() || pairs.blocks[0].first == 0);
  });
  attempt([&] {
    const cot::data::training_rows rows = cot::data::read_training_rows({path, path}, empty);
    require(rows.rows() > 0 && rows.rows() % 2 == 0 && rows.columns() > 0);
    for (cot::index row = 0; row < rows.rows(); ++row)
      for (cot::index column = 0; column < rows.columns(); ++column) require(!rows.text(row, column).empty());
    require(rows.scores().empty() || static_cast<cot::index>(rows.scores().size()) == rows.rows());
    require(rows.labels().empty() || static_cast<cot::index>(rows.labels().size()) == rows.rows());
  });
  std::filesystem::remove(path);
  return 0;
}
