#include <cotangent/data/mask_tokens.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

namespace {

/// Sentences "1 words 2" of 5, ..., 104, as many as asked.
cot::ragged<std::int32_t> sentences(int rows) {
  cot::ragged<std::int32_t> all;
  for (int i = 0; i < rows; ++i) {
    std::vector<std::int32_t> row{1};
    for (int j = 0; j < 10 + i % 7; ++j) row.push_back(5 + (i * 13 + j * 29) % 100);
    row.push_back(2);
    all.push_back(row);
  }
  return all;
}

const cot::data::masking how{.mask = 4, .first_word = 5, .vocabulary = 105};

}  // namespace

TEST_CASE("data: 15 % of the words are hidden, of them 80 % by the mask and 10 % by other words") {
  const auto before = sentences(2000);
  const auto after = cot::data::mask_tokens(before, how, {.seed = 7, .site = 1, .step = 3});
  REQUIRE(after.ids.offsets == before.offsets);
  double asked = 0, masked = 0, kept = 0, words = 0;
  for (std::size_t i = 0; i < before.values.size(); ++i) {
    const std::int32_t was = before.values[i], is = after.ids.values[i], target = after.targets[i];
    words += was >= 5 ? 1 : 0;
    if (target < 0) {
      CHECK(is == was);
      continue;
    }
    CHECK(was >= 5);  // never a special token
    CHECK(target == was);
    CHECK((is == 4 || (is >= 5 && is < 105)));
    asked += 1;
    masked += is == 4 ? 1 : 0;
    kept += is == was ? 1 : 0;
  }
  CHECK(asked / words == doctest::Approx(0.15).epsilon(0.05));
  CHECK(masked / asked == doctest::Approx(0.8).epsilon(0.03));
  CHECK(kept / asked ==
        doctest::Approx(0.101).epsilon(0.15));  // 10 %, and one word in a hundred is drawn in its own place
}

TEST_CASE("data: what is hidden depends on seed, step and place only") {
  const auto text = sentences(50);
  const cot::random_site at{.seed = 7, .site = 1, .step = 3};
  const auto first = cot::data::mask_tokens(text, how, at), again = cot::data::mask_tokens(sentences(60), how, at);
  for (std::size_t i = 0; i < text.values.size(); ++i) {
    CHECK(first.ids.values[i] == again.ids.values[i]);
    CHECK(first.targets[i] == again.targets[i]);
  }
  CHECK(first.targets != cot::data::mask_tokens(text, how, {.seed = 7, .site = 1, .step = 4}).targets);
  CHECK(first.targets != cot::data::mask_tokens(text, how, {.seed = 8, .site = 1, .step = 3}).targets);
}

TEST_CASE("data: masking refuses shares and words that cannot be") {
  CHECK_THROWS_AS(static_cast<void>(cot::data::mask_tokens({}, {.share = 1.5}, {})), cot::option_error);
  CHECK_THROWS_AS(static_cast<void>(cot::data::mask_tokens({}, {.first_word = 9, .vocabulary = 9}, {})),
                  cot::option_error);
}
