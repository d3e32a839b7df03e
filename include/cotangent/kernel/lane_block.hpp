#pragma once
// `lane_block<Bytes>`: the block of the CPU. One lane whose number is a SIMD pack; loops are plain loops, sync is
// nothing.

#include <cotangent/core/block.hpp>
#include <cotangent/kernel/elementary.hpp>
#include <cotangent/kernel/pack_memory.hpp>

namespace cot {

namespace detail {
template <class T, int Bytes>
struct number_in {
  using type = pack<T, Bytes / static_cast<int>(sizeof(T))>;
};
template <class T>
struct number_in<T, 0> {
  using type = T;
};
}  // namespace detail

/// Bytes is the width of the pack: 16 in portable code, 32 with AVX2, 64 with AVX-512; 0 means plain scalars.
template <int Bytes>
class lane_block {
 public:
  template <class T>
  using number = typename detail::number_in<T, Bytes>::type;

  COT_FN explicit lane_block(cot::index i) : index_(i) {}

  [[nodiscard]] COT_FN cot::index index() const { return index_; }
  [[nodiscard]] COT_FN static constexpr cot::index rank() { return 0; }
  [[nodiscard]] COT_FN static constexpr cot::index size() { return 1; }
  COT_FN void sync() const {}
  template <class T, int N>
  [[nodiscard]] COT_FN T* shared() {
    static_assert(N * static_cast<int>(sizeof(T)) <= static_cast<int>(sizeof shared_));
    return reinterpret_cast<T*>(shared_);
  }
  template <class Number, class Op>
  [[nodiscard]] COT_FN scalar_of<Number> reduce(const Number& x, const Op& op) const {
    return across(x, op);
  }

 private:
  cot::index index_;
  alignas(64) unsigned char shared_[16384];
};

}  // namespace cot
