// Rows of a file to the ids of a batch.

#include <cotangent/core/error.hpp>
#include <cotangent/data/batches.hpp>

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <support/temporary.hpp>

namespace {

using cot::data::batch;
using ids = std::vector<std::int32_t>;

static_assert(std::input_iterator<cot::data::batches::iterator>);

/// Letters a to z are ids 2 to 27; 0 is unknown, 1 stands before every sentence.
cot::text::tokenizer letters() {
  std::vector<std::string> names{"?", "^"};
  for (char c = 'a'; c <= 'z'; ++c) names.emplace_back(1, c);
  std::vector<cot::text::vocabulary::entry> entries;
  for (const std::string& name : names) entries.push_back({name, static_cast<std::int32_t>(entries.size())});
  return cot::text::tokenizer(
      {.pieces = cot::text::vocabulary(entries), .model = cot::text::word_piece(0), .prefix = {1}, .longest = 3});
}

std::string write(const cot::test::temporary_folder& folder, std::string_view text) {
  const std::string path = (folder / "rows.tsv").string();
  std::ofstream(path) << text;
  return path;
}

ids row(const batch& b, cot::index i) {
  const auto span = b.ids.row(i);
  return {span.begin(), span.end()};
}

}  // namespace

TEST_CASE("batch: all anchors, then all positives, then all negatives") {
  const cot::test::temporary_folder folder;
  const auto t = letters();
  const auto file = write(folder, "a b c\td\te\nf\tg h\ti\nj\tk\tl\n");
  const auto all = cot::data::triples(file, t, {.batch = 2, .shuffle = false});
  REQUIRE(all.size() == 1);
  const batch b = all[0];
  CHECK(b.columns == 3);
  CHECK(b.size() == 2);
  REQUIRE(b.ids.rows() == 6);
  CHECK(row(b, 0) == ids{1, 2, 3});  // cut to the tokenizer's own length
  CHECK(row(b, 1) == ids{1, 7});
  CHECK(row(b, 2) == ids{1, 5});
  CHECK(row(b, 3) == ids{1, 8, 9});
  CHECK(row(b, 4) == ids{1, 6});
  CHECK(row(b, 5) == ids{1, 10});
}

TEST_CASE("batch: a single column gives two views, a labelled one gives one") {
  const cot::test::temporary_folder folder;
  const auto t = letters();
  const auto all = cot::data::sentences(write(folder, "a\nb\n"), t, {.batch = 2, .shuffle = false});
  CHECK(all[0].columns == 2);
  CHECK(row(all[0], 0) == row(all[0], 2));
  CHECK(row(all[0], 1) == row(all[0], 3));
  const auto labelled =
      cot::data::sentences(write(folder, "label\ttext\nx\ta\ny\tb\nx\tc\n"), t, {.batch = 3, .shuffle = false});
  CHECK(labelled[0].columns == 1);
  CHECK(labelled[0].labels == ids{0, 1, 0});
}

TEST_CASE("batch: a range over epochs gives the batches one by one, shuffled with their scores") {
  const cot::test::temporary_folder folder;
  const auto t = letters();
  std::string text = "score\tsentence1\tsentence2\n";
  for (int i = 0; i < 10; ++i) text += std::to_string(i) + '\t' + static_cast<char>('a' + i) + "\tz\n";
  const auto all = cot::data::pairs(write(folder, text), t, {.batch = 4, .epochs = 3, .seed = 9});
  cot::index i = 0;
  bool in_order = true;
  for (const batch& b : all) {
    CHECK(b.ids.values == all[i].ids.values);
    REQUIRE(b.scores.size() == 4);
    for (cot::index k = 0; k < 4; ++k) {
      CHECK(row(b, k)[1] == static_cast<std::int32_t>(b.scores[static_cast<std::size_t>(k)]) + 2);
      in_order = in_order && b.scores[static_cast<std::size_t>(k)] == static_cast<double>(k);
    }
    ++i;
  }
  CHECK(i == 6);
  CHECK_FALSE(in_order);
}

TEST_CASE("batch: a file with other columns than asked for is refused") {
  const cot::test::temporary_folder folder;
  const auto t = letters();
  const auto file = write(folder, "a\tb\n");
  CHECK_THROWS_AS(static_cast<void>(cot::data::triples(file, t, {.batch = 1})), cot::file_error);
  CHECK_THROWS_AS(static_cast<void>(cot::data::pairs(file, t, {.batch = 2})), cot::option_error);
}
