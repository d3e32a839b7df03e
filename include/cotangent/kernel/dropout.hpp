#pragma once
// Dropout masks of token rows, drawn where they are needed: a stream of factors, 0 or 1 / (1 - p).

#include <cotangent/core/random.hpp>
#include <cotangent/kernel/number.hpp>
#include <cotangent/kernel/pack_memory.hpp>
#include <cotangent/kernel/philox.hpp>
#include <cotangent/kernel/stream.hpp>

#include <cstdint>

namespace cot {

/// Where the mask of a matrix of token rows comes from: element (token, column) is element position * width + column of
/// its sentence, so that the same token draws the same mask in any batch and order. Device pointers, [t]; p = 0: no
/// dropout.
struct dropout_rows {
  random_site at{};
  double p = 0;
  const std::int32_t* sentence = nullptr;
  const std::int32_t* position = nullptr;
};

/// The same as a kernel wants it.
template <class A>
struct dropout_mask {
  random_site at{};
  bool active = false;
  std::uint32_t threshold = 0;
  A factor = A(1);
  const std::int32_t* sentence = nullptr;
  const std::int32_t* position = nullptr;
  philox_keys keys;

  dropout_mask() = default;
  explicit dropout_mask(const dropout_rows& d)
      : at(d.at),
        active(d.p > 0),
        threshold(dropout_threshold(d.p)),
        factor(static_cast<A>(1 / (1 - d.p))),
        sentence(d.sentence),
        position(d.position),
        keys(d.at) {}
};

/// A buffer of masks that the stream below fills: 128 elements, and the 16 before them.
struct alignas(64) dropout_buffer {
  float keep[144];
};

/// The factors of one row as a stream for `each` and `fold`, which ask for them in ascending order. A is float or
/// double.
template <class A>
struct dropout_stream : unwritten_stream {
  using scalar = A;
  const dropout_mask<A>& mask;
  std::uint32_t row;
  index start;
  dropout_buffer& buffer;
  index end;  // of the elements that the buffer holds

  COT_FN dropout_stream(const dropout_mask<A>& m, index token, index width, dropout_buffer& masks)
      : mask(m),
        row(static_cast<std::uint32_t>(m.sentence[token])),
        start(m.position[token] * width),
        buffer(masks),
        end(start / 128 * 128) {}

  template <class Number>
  COT_FN Number fetch(index i) {
    const index e = start + i;
    if constexpr (lanes_of<Number> == 1) {
      return random_bits(mask.at, row, 0, e) >= mask.threshold ? Number(mask.factor) : Number(0);
    } else {
      while (e + lanes_of<Number> > end) fill<sizeof(Number)>();
      return load<Number>(static_cast<const float*>(buffer.keep + (e - end + 144))) * Number(mask.factor);
    }
  }
  template <class Number>
  COT_FN Number fetch(index i, index) {
    return fetch<Number>(i);
  }

 private:
  template <unsigned Bytes>
  COT_FN void fill() {
    float* keep = buffer.keep;
    const std::uint32_t limit = mask.threshold;
    __builtin_memcpy(keep, keep + 128, 16 * sizeof(float));
    philox_two_blocks<static_cast<int>(Bytes)>(mask.keys, row, 0, end / 64, [=](int e, const auto& bits) COT_LAMBDA {
      const auto kept = (bits >= limit) & 0x3f800000;  // the bits of 1.0f
      __builtin_memcpy(keep + 16 + e, &kept, sizeof kept);
    });
    end += 128;
  }
};

}  // namespace cot
