#pragma once
// Any formula over the elements of tensors, and its pullback.

#include <cotangent/core/error.hpp>
#include <cotangent/core/matmul.hpp>
#include <cotangent/core/profile.hpp>
#include <cotangent/core/view.hpp>
#include <cotangent/kernel/dual.hpp>
#include <cotangent/kernel/rows.hpp>

#include <string_view>
#include <type_traits>
#include <utility>

namespace cot::ops {

/// An input of a formula, and where the gradient with respect to it goes (a null view: nobody wants it).
template <class T, int Rank, class B>
struct with_respect_to {
  view<const T, Rank, B> x;
  view<T, Rank, B> dx;
  store mode = store::overwrite;
};

namespace detail {

/// y = f(x...).
template <class F>
struct map_formula {
  F f;
  template <class Number, class... Inputs>
  COT_FN void operator()(Number& y, const Inputs&... x) const {
    y = f(x...);
  }
};

/// dx_k = dy * df/dx_k for all K inputs, from one evaluation in dual numbers, or from the slope of an activation, whose
/// closed form takes fewer operations. The arguments after dy: x_1 ... x_K, dx_1
/// ... dx_K.
template <class F, int K>
struct map_pullback_formula {
  F f;
  template <class Number, class... Rest>
  COT_FN void operator()(const Number& dy, Rest&... rest) const {
    Number* all[] = {&rest...};
    if constexpr (K == 1 && requires { F::slope(dy); })
      *all[1] = dy * F::slope(*all[0]);
    else
      evaluate(dy, all, std::make_integer_sequence<int, K>());
  }

 private:
  template <class Number, int... At>
  COT_FN void evaluate(const Number& dy, Number** all, std::integer_sequence<int, At...>) const {
    const auto y = f(dual<Number, K>::variable(*all[At], At)...);
    ((*all[K + At] = dy * y.partial[At]), ...);
  }
};

/// An output that may be absent.
template <class E>
struct optional_out_stream {
  using scalar = accumulator_of<E>;
  out_stream<E> to;

  template <class Number>
  COT_FN Number fetch(index) {
    return Number(0);
  }
  template <class Number>
  COT_FN Number fetch(index, index) {
    return Number(0);
  }
  template <class Number, class... Count>
  COT_FN void put(index i, const Number& x, Count... count) {
    if (to.data != nullptr) to.put(i, x, count...);
  }
  COT_FN optional_out_stream from(index offset) const { return {to.data != nullptr ? to.from(offset) : to}; }
};

/// Whether a launch over these views may treat them as flat; throws unless they are, or have rows without gaps inside.
template <class First, class... Views>
bool flat_or_rows(std::string_view operation, const First& first, const Views&... views) {
  const auto check = [&](const auto& v) {
    if (!(v.sizes() == first.sizes()))
      throw shape_error(operation, "sizes", to_string(first.sizes()), to_string(v.sizes()));
  };
  (check(views), ...);
  if (first.contiguous() && (views.contiguous() && ...)) return true;
  if constexpr (First::rank == 2) {
    if (first.stride(1) == 1 && ((views.stride(1) == 1) && ...)) return false;
  }
  throw shape_error(operation, "strides", "rows without gaps inside", to_string(first.strides()));
}

template <class View>
[[nodiscard]] index row_stride(const View& v) {
  if constexpr (View::rank == 2)
    return v.stride(0);
  else
    return 0;
}

/// The same for a rank that has rows and one that has none.
template <int Rank>
[[nodiscard]] shape<2> rows_of(const shape<Rank>& s) {
  if constexpr (Rank == 2)
    return s;
  else
    return {{1, s.size()}};
}

}  // namespace detail

/// y = formula(x...), element by element.  All of one shape; matrices may have strided rows; y may be an input.
template <class B, class Formula, class T, int Rank, class... U>
void map(B& device, const Formula& formula, view<T, Rank, B> y, view<U, Rank, B>... x) {
  const profile_span span(device, work_class::rows, bytes_of(y, x...));
  const detail::map_formula<Formula> f{formula};
  if (detail::flat_or_rows("map", y, x...))
    return launch_elements(device, y.size(), Formula::transcendental, f, out(y.data()),
                           in(static_cast<const U*>(x.data()))...);
  const shape<2> rows = detail::rows_of(y.sizes());
  launch_rows(
      device, rows[0], rows[1], Formula::transcendental, f,
      row_stream<out_stream<T>>{out(y.data()), detail::row_stride(y)},
      row_stream<in_stream<std::remove_const_t<U>>>{in(static_cast<const U*>(x.data())), detail::row_stride(x)}...);
}

/// dx_k (+)= dy * d formula / d x_k for every input that wants it. dx_k may be dy or x_k.
template <class B, class Formula, class T, int Rank, class... U>
void map_pullback(B& device, const Formula& formula, view<const T, Rank, B> dy,
                  const with_respect_to<U, Rank, B>&... input) {
  const profile_span span(device, work_class::rows, bytes_of(dy, input.x..., input.dx...));
  const detail::map_pullback_formula<Formula, static_cast<int>(sizeof...(U))> f{formula};
  if (detail::flat_or_rows("map_pullback", dy, input.x...) &&
      ((input.dx.data() == nullptr || detail::flat_or_rows("map_pullback", dy, input.dx)) && ...))
    return launch_elements(device, dy.size(), Formula::transcendental, f, in(dy.data()), in(input.x.data())...,
                           detail::optional_out_stream<U>{out(input.dx.data(), input.mode)}...);
  const shape<2> rows = detail::rows_of(dy.sizes());
  launch_rows(
      device, rows[0], rows[1], Formula::transcendental, f,
      row_stream<in_stream<T>>{in(dy.data()), detail::row_stride(dy)},
      row_stream<in_stream<U>>{in(input.x.data()), detail::row_stride(input.x)}...,
      row_stream<detail::optional_out_stream<U>>{{out(input.dx.data(), input.mode)}, detail::row_stride(input.dx)}...);
}

}  // namespace cot::ops
