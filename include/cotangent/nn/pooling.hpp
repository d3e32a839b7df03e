#pragma once
// From token vectors to sentence vectors, and to unit length.

#include <cotangent/autograd/tape.hpp>
#include <cotangent/core/precision.hpp>
#include <cotangent/ops/normalize_rows.hpp>
#include <cotangent/ops/pool.hpp>

#include <span>

namespace cot::nn {

/// One row a sentence, in the accumulator type, of all tokens but the first `skipped`; several modes are concatenated.
/// x: [t, width], offsets: [n + 1] on the device, result: [n, modes * width].  The modes are those of
/// sentence-transformers.
template <class T, class B>
var<accumulator_of<T>, 2, B> pool(const var<T, 2, B>& x, std::span<const ops::pooling> modes,
                                  view<const index, 1, B> offsets, index skipped = 0) {
  using A = accumulator_of<T>;
  tape<B>& t = x.on();
  const index n = offsets.extent(0) - 1, width = x.extent(1);
  const auto count = static_cast<index>(modes.size());
  auto y = t.template result<A>(shape<2>{{n, count * width}}, x.wanted());
  auto* kept = t.template host_array<ops::pooling>(count);
  for (index i = 0; i < count; ++i) {
    kept[i] = modes[static_cast<std::size_t>(i)];
    ops::pool(t.device(), kept[i], offsets, x.value(), y.storage().columns(i * width, (i + 1) * width), skipped);
  }
  if (y.wanted())
    t.record(y, [x, y, kept, offsets, skipped, count, width] {
      for (index i = 0; i < count; ++i) {
        const auto [dx, mode] = x.target();
        const auto part = [&](auto v) { return v.columns(i * width, (i + 1) * width); };
        ops::pool_pullback(x.on().device(), kept[i], offsets, part(y.gradient()), x.value(), part(y.value()), dx, mode,
                           skipped);
      }
    });
  return y;
}

/// y = x / max(|x|, 1e-12) for each row.  x, result: [n, width].  The floor is torch's and sentence-transformers'.
template <class A, class B>
var<A, 2, B> normalize_rows(const var<A, 2, B>& x) {
  tape<B>& t = x.on();
  constexpr double floor = 1e-12;
  auto y = t.template result<A>(x.sizes(), x.wanted());
  const auto norm = t.template workspace<A>(shape<1>{{x.extent(0)}});
  ops::normalize_rows(t.device(), x.value(), floor, y.storage(), norm);
  if (y.wanted())
    t.record(y, [x, y, norm] {
      const auto [dx, mode] = x.target();
      ops::normalize_rows_pullback(x.on().device(), y.gradient(), y.value(), view<const A, 1, B>(norm), floor, dx,
                                   mode);
    });
  return y;
}

}  // namespace cot::nn
