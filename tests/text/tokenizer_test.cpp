// The tokenizer as a whole: truncation, batches, faults.

#include "support.hpp"

#include <cotangent/core/error.hpp>
#include <cotangent/text/encode_batch.hpp>
#include <cotangent/text/tokenizer.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include <support/count_allocations.hpp>

namespace {

using cot::text::added_token;
using cot::text::tokenizer;
using ids = std::vector<std::int32_t>;

tokenizer small(cot::text::truncation_side side = cot::text::truncation_side::right) {
  cot::text::vocabulary v = cot::test::pieces({"[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "b", "c", "d", "##b"});
  return tokenizer(
      {.added = {{.content = "[SEP]", .id = 3, .special = true}, {.content = "new", .id = 12, .normalized = true}},
       .normalize = cot::text::normalizer({cot::text::bert_normalizer{}}),
       .pieces = std::move(v),
       .model = cot::text::word_piece(1),
       .prefix = {2},
       .suffix = {3},
       .truncation = side});
}

}  // namespace

TEST_CASE("tokenizer: a text is cut to the room that the special tokens leave, on the side asked for") {
  const tokenizer right = small(), left = small(cot::text::truncation_side::left);
  CHECK(right.encode("A b, c D", 100) == ids{2, 4, 5, 1, 6, 7, 3});
  CHECK(right.encode("a b c d", 5) == ids{2, 4, 5, 6, 3});
  CHECK(left.encode("a b c d", 5) == ids{2, 5, 6, 7, 3});
  CHECK(right.encode("abb", 4) == ids{2, 4, 8, 3});  // within a word too
  CHECK(left.encode("abb", 3) == ids{2, 8, 3});
  CHECK(right.encode("a b", 2) == ids{2, 3});
  CHECK(right.encode("", 2) == ids{2, 3});
  CHECK_THROWS_AS(static_cast<void>(right.encode("a", 1)), cot::option_error);
  CHECK(right.content("a [SEP] b") == ids{4, 3, 5});
  CHECK(right.encode("[SEP][SEP][SEP]", 4) == ids{2, 3, 3, 3});
}

TEST_CASE("tokenizer: ids and pieces, those of added tokens too") {
  const tokenizer t = small();
  CHECK(t.vocabulary_size() == 13);
  CHECK(t.special_count() == 2);
  CHECK(t.content("a NEW b") == ids{4, 12, 5});
  CHECK(t.piece(12) == "new");
  CHECK(t.piece(8) == "##b");
  CHECK(t.id("new") == 12);
  CHECK(t.id("d") == 7);
  CHECK_FALSE(t.id("absent"));
  CHECK_THROWS_AS(static_cast<void>(t.piece(10)), cot::option_error);
  CHECK_THROWS_AS(static_cast<void>(t.piece(-1)), cot::option_error);
}

TEST_CASE("tokenizer: text that is not UTF-8 is refused with its byte, wherever the cut would be") {
  const tokenizer t = small();
  for (const char* text : {"a b \xC3", "a b \xFFx"}) {
    try {
      static_cast<void>(t.encode(text, 3));
      FAIL("no exception");
    } catch (const cot::error& e) {
      CHECK(std::string_view(e.what()).find("byte 4: expected UTF-8, got byte ") != std::string_view::npos);
    }
  }
}

TEST_CASE("tokenizer: a batch is its sentences one by one, in whatever order tasks run") {
  const tokenizer t = small();
  std::vector<std::string> texts;
  for (int i = 0; i < 300; ++i)
    texts.push_back(std::string(static_cast<std::size_t>(i % 7), 'b') + (i % 3 ? " a c" : ", d"));
  const auto forward = cot::text::encode_batch(t, texts, 6);
  const auto backward = cot::text::encode_batch(t, texts, 6, [](cot::index tasks, const auto& f) {
    for (cot::index task = tasks; task-- > 0;) f(task);
  });
  CHECK(forward.rows() == 300);
  CHECK(forward.values == backward.values);
  CHECK(forward.offsets == backward.offsets);
  for (cot::index i = 0; i < 300; ++i) {
    const auto row = forward.row(i);
    CHECK(ids(row.begin(), row.end()) == t.encode(texts[static_cast<std::size_t>(i)], 6));
  }
  CHECK(cot::text::encode_batch(t, std::vector<std::string>{}, 6).rows() == 0);
}

TEST_CASE("tokenizer: encoding like sentences again allocates nothing") {
  if (!cot::test::allocations_are_counted()) {
    MESSAGE("skipped: a sanitizer counts allocations itself");
    return;
  }
  const tokenizer t = small();
  tokenizer::workspace space;
  ids out;
  const std::string text = "a b new [SEP] \u00e9\u0301 abb, c. d";
  for (int i = 0; i < 2; ++i) {
    out.clear();
    t.encode(text, 20, space, out);
  }
  const cot::test::count_allocations count;
  for (int i = 0; i < 10; ++i) {
    out.clear();
    t.encode(text, 20, space, out);
  }
  CHECK(count() == 0);
}
