#pragma once
// Streams: how a block program names the rows that `each` and `fold` walk along. `in(x)` is read, `out(y)` is written
// (or added to), `inout(m)` is both; `coming(x, stride)` is only fetched into the cache. A stream hides the element's
// type: bfloat16 arrives as float, and is rounded once when it leaves.

#include <cotangent/core/matmul.hpp>
#include <cotangent/kernel/number.hpp>
#include <cotangent/kernel/pack_memory.hpp>

#include <cstdint>
#include <type_traits>

namespace cot {

// Any type with these members is a stream. `fetch` gives the number at element i (count: only so many lanes are real);
// `put` takes what the program left in it; `from(offset)` is the stream that begins later.

/// The half of a stream that is not written.
struct unwritten_stream {
  template <class Number>
  COT_FN void put(index, const Number&) {}
  template <class Number>
  COT_FN void put(index, const Number&, index) {}
};

template <class E>
struct in_stream : unwritten_stream {
  using scalar = accumulator_of<E>;
  const E* data;

  template <class Number>
  COT_FN Number fetch(index i) {
    return load<Number>(data + i);
  }
  template <class Number>
  COT_FN Number fetch(index i, index count) {
    return load<Number>(data + i, count);
  }
  COT_FN in_stream from(index offset) const { return {{}, data + offset}; }
};

template <class E>
struct out_stream {
  using scalar = accumulator_of<E>;
  E* data;
  store mode;

  template <class Number>
  COT_FN Number fetch(index) {
    return Number(0);
  }
  template <class Number>
  COT_FN Number fetch(index, index) {
    return Number(0);
  }
  template <class Number>
  COT_FN void put(index i, const Number& x) {
    if (mode == store::add)
      save(data + i, load<Number>(static_cast<const E*>(data + i)) + x);
    else
      save(data + i, x);
  }
  template <class Number>
  COT_FN void put(index i, const Number& x, index count) {
    if (mode == store::add)
      save(data + i, load<Number>(static_cast<const E*>(data + i), count) + x, count);
    else
      save(data + i, x, count);
  }
  COT_FN out_stream from(index offset) const { return {data + offset, mode}; }
};

template <class E>
struct inout_stream {
  using scalar = accumulator_of<E>;
  E* data;

  template <class Number>
  COT_FN Number fetch(index i) {
    return load<Number>(static_cast<const E*>(data + i));
  }
  template <class Number>
  COT_FN Number fetch(index i, index count) {
    return load<Number>(static_cast<const E*>(data + i), count);
  }
  template <class Number>
  COT_FN void put(index i, const Number& x) {
    save(data + i, x);
  }
  template <class Number>
  COT_FN void put(index i, const Number& x, index count) {
    save(data + i, x, count);
  }
  COT_FN inout_stream from(index offset) const { return {data + offset}; }
};

/// Reads nothing: asks the cache for what will be read or written later.
template <class E>
struct coming_stream : unwritten_stream {
  using scalar = accumulator_of<E>;
  std::uintptr_t address;

  template <class Number>
  COT_FN Number fetch(index i) {
#if !defined(__CUDA_ARCH__)
    __builtin_prefetch(reinterpret_cast<const E*>(address) + i);
#else
    static_cast<void>(i);
#endif
    return Number(0);
  }
  template <class Number>
  COT_FN Number fetch(index i, index) {
    return fetch<Number>(i);
  }
};

template <class E>
[[nodiscard]] COT_FN inline in_stream<E> in(const E* data) {
  return {{}, data};
}
template <class E>
[[nodiscard]] COT_FN inline out_stream<E> out(E* data, store mode = store::overwrite) {
  return {data, mode};
}
template <class E>
[[nodiscard]] COT_FN inline inout_stream<E> inout(E* data) {
  return {data};
}
/// What begins `offset` elements after `data`, whether there is anything or not. A program whose passes over a row
/// leave memory idle, because the row is in cache by then, names in them the rows that come next; one that computes in
/// bursts while it reads, what it will want after some more of them.
template <class E>
[[nodiscard]] COT_FN inline coming_stream<E> coming(const E* data, index offset) {
  return {{}, reinterpret_cast<std::uintptr_t>(data) + static_cast<std::uintptr_t>(offset) * sizeof(E)};
}

namespace detail {
template <class T, class... Rest>
struct widest {
  using type = T;
};
template <class T, class... Rest>
struct widest<T, double, Rest...> {
  using type = double;
};
template <class T, class... Rest>
struct widest<T, float, Rest...> : widest<T, Rest...> {};
}  // namespace detail

/// What a program computes in over these streams: double if one of them holds doubles, else float.
template <class... Streams>
using scalar_of_streams = typename detail::widest<float, typename Streams::scalar...>::type;

}  // namespace cot
