// Attention, forward and backward: serial = cuda.

#include "cuda/parity.hpp"

#include <cotangent/ops/attention.hpp>

#include <cmath>
#include <string>

namespace {

using cot::index;
using cot::test::values;

struct setting {
  std::vector<index> lengths;
  index heads, kv_heads, width;
  bool causal = false;
  double dropout = 0;
};

/// Output, statistics and gradients. Queries, keys and values are windows on one projection, as a model has them.
template <class T, class B>
std::vector<values> solve(B& device, const setting& s) {
  using A = cot::accumulator_of<T>;
  cot::test::bench<B> at(device, 2);
  std::vector<index> offsets{0};
  index longest = 0;
  for (const index length : s.lengths) {
    offsets.push_back(offsets.back() + length);
    longest = std::max(longest, length);
  }
  const auto n = static_cast<index>(s.lengths.size());
  const index t = offsets.back(), h = s.heads, kv = s.kv_heads, d = s.width;
  const auto on_device = cot::tensor<index, 1, B>::from_host(device, offsets, {{n + 1}});
  const cot::attention_layout layout{.offsets = on_device.data(),
                                     .sentences = n,
                                     .tokens = t,
                                     .longest = longest,
                                     .heads = h,
                                     .kv_heads = kv,
                                     .width = d,
                                     .scale = 1 / std::sqrt(static_cast<double>(d)),
                                     .causal = s.causal,
                                     .dropout = s.dropout,
                                     .at = {3, cot::random_site::hash("attention"), 11},
                                     .first_row = 1000};
  const auto projection =
      at.template put<T>(cot::test::random_values(t * (h + 2 * kv) * d, 1), {{t, (h + 2 * kv) * d}});
  const auto dout = at.template put<T>(cot::test::random_values(t * h * d, 2), {{t, h * d}});
  const auto out = at.template room<T>({{t, h * d}}), gradient = at.template room<T>({{t, (h + 2 * kv) * d}});
  const auto most = at.template room_vector<A>(h * t), reciprocal = at.template room_vector<A>(h * t);
  const T* x = projection.data();
  T* dx = gradient.data();
  const index stride = projection.stride(0);
  cot::ops::attention(device, cot::attention_problem<T>{layout,
                                                        {x, stride},
                                                        {x + h * d, stride},
                                                        {x + (h + kv) * d, stride},
                                                        {out.data(), out.stride(0)},
                                                        most.data(),
                                                        reciprocal.data()});
  cot::ops::attention_pullback(device, cot::attention_pullback_problem<T>{layout,
                                                                          {x, stride},
                                                                          {x + h * d, stride},
                                                                          {x + (h + kv) * d, stride},
                                                                          {out.data(), out.stride(0)},
                                                                          {dout.data(), dout.stride(0)},
                                                                          most.data(),
                                                                          reciprocal.data(),
                                                                          {dx, stride},
                                                                          {dx + h * d, stride},
                                                                          {dx + (h + kv) * d, stride}});
  return {at.take(out), at.take(most), at.take(reciprocal), at.take(gradient)};
}

template <class T>
void check_attention() {
  cot::serial reference;
  cot::cuda device;
  const auto check = [&](const setting& s, const std::string& what) {
    CAPTURE(what);
    CHECK(cot::test::difference(solve<T>(reference, s), solve<T>(device, s)) <= cot::test::rounding<T>);
  };
  const std::vector<index> lengths{1, 2, 0, 15, 16, 17, 33, 65, 100};
  check({lengths, 3, 3, 32}, "width 32");
  check({lengths, 3, 3, 64}, "width 64");
  check({{5, 70, 16}, 2, 2, 20}, "width 20");
  check({{5, 70, 16}, 1, 1, 1}, "width 1");
  check({{9, 130, 16}, 6, 2, 32}, "grouped keys");
  check({{255, 3, 513}, 1, 1, 32}, "long sentences");
  check({lengths, 4, 2, 32, true}, "causal");
  check({lengths, 4, 2, 32, true, 0.25}, "causal with dropout");
  check({lengths, 4, 2, 32, false, 0.25}, "dropout");
}

}  // namespace

TEST_CASE("cuda: attention in float agrees with serial") { check_attention<float>(); }
TEST_CASE("cuda: attention in double agrees with serial") { check_attention<double>(); }
TEST_CASE("cuda: attention in bfloat16 agrees with serial") { check_attention<cot::bfloat16>(); }

TEST_CASE("cuda: a head that is too wide for shared memory is refused") {
  cot::cuda device;
  CHECK_THROWS_AS(solve<float>(device, {{3}, 1, 1, 897}), cot::device_error);
}
