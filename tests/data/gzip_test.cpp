// Compressed input, where zlib is there; a clear refusal where it is not.

#include <cotangent/core/error.hpp>
#include <cotangent/data/lines.hpp>

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <support/temporary.hpp>

TEST_CASE("lines: a .gz file is read as what it holds, or refused in a build without zlib") {
  const cot::test::temporary_folder folder;
  const std::string path = (folder / "text.gz").string();
#if defined(COTANGENT_ZLIB)
  std::string text;
  for (int i = 0; i < 20000; ++i) text += "line " + std::to_string(i) + "\r\n";
  const gzFile file = gzopen(path.c_str(), "wb");
  REQUIRE(gzwrite(file, text.data(), static_cast<unsigned>(text.size())) == static_cast<int>(text.size()));
  REQUIRE(gzclose(file) == Z_OK);
  const std::vector<std::string> lines = cot::data::lines(path);
  CHECK(lines.size() == 20000);
  CHECK(lines[0] == "line 0");
  CHECK(lines[19999] == "line 19999");

  std::ifstream whole(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(whole), {}};
  const auto refused = [&](const std::string& broken) {
    std::ofstream(path, std::ios::binary) << broken;
    CHECK_THROWS_AS(static_cast<void>(cot::data::lines(path)), cot::file_error);
  };
  refused(bytes.substr(0, bytes.size() / 2));
  std::string flipped = bytes;
  flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 0x55);
  refused(flipped);
#else
  std::ofstream(path) << "text\n";
  try {
    static_cast<void>(cot::data::lines(path));
    FAIL("no exception");
  } catch (const cot::file_error& e) {
    CHECK(std::string_view(e.what()).find("expected a build with zlib") != std::string_view::npos);
  }
#endif
  CHECK_THROWS_AS(static_cast<void>(cot::data::lines((folder / "absent.gz").string())), cot::file_error);
}
