#pragma once
// `view`: a non-owning, strided window on memory of one backend.

#include <cotangent/core/annotation.hpp>
#include <cotangent/core/shape.hpp>

#include <concepts>
#include <type_traits>

namespace cot {

/// Memory that any host code may read. The backends `serial` and `cpu` keep their tensors there.
struct host {
  static constexpr bool host_memory = true;
};

/// A view of a tensor of static rank. B says whose memory it is: elements are read and written, and plain `view<T,
/// Rank>` made, only where B's memory is the host's; programs that run on a device take data() and strides. Strides
/// count elements. Copying a view copies no element. `const` elements make it read-only.
template <class T, int Rank, class B = host>
class view {
 public:
  using element = T;
  using value_type = std::remove_const_t<T>;
  using backend_type = B;
  static constexpr int rank = Rank;

  constexpr view() = default;

  /// Row-major, without gaps.
  COT_FN constexpr view(T* data, shape<Rank> sizes) : data_(data), sizes_(sizes) {
    index step = 1;
    for (int i = Rank; i-- > 0;) {
      strides_[i] = step;
      step *= sizes[i];
    }
  }
  COT_FN constexpr view(T* data, shape<Rank> sizes, shape<Rank> strides)
      : data_(data), sizes_(sizes), strides_(strides) {}

  /// Read-only from writable; plain host memory from a backend that lives there.
  template <class U, class C>
    requires(std::same_as<const U, T> || std::same_as<U, T>) &&
                (std::same_as<B, C> || (std::same_as<B, host> && C::host_memory))
  COT_FN constexpr view(const view<U, Rank, C>& other)
      : data_(other.data()), sizes_(other.sizes()), strides_(other.strides()) {}

  [[nodiscard]] COT_FN constexpr T* data() const { return data_; }
  [[nodiscard]] COT_FN constexpr index size() const { return sizes_.size(); }
  [[nodiscard]] COT_FN constexpr index extent(int i) const { return sizes_[i]; }
  [[nodiscard]] COT_FN constexpr index stride(int i) const { return strides_[i]; }
  [[nodiscard]] COT_FN constexpr const shape<Rank>& sizes() const { return sizes_; }
  [[nodiscard]] COT_FN constexpr const shape<Rank>& strides() const { return strides_; }
  [[nodiscard]] COT_FN constexpr bool empty() const { return size() == 0; }

  /// One element, in memory that the host reads; `download` copies from any other.
  template <std::convertible_to<index>... Index>
    requires(sizeof...(Index) == Rank && B::host_memory)
  [[nodiscard]] COT_FN constexpr T& operator()(Index... i) const {
    index offset = 0;
    int axis = 0;
    ((offset += static_cast<index>(i) * strides_[axis++]), ...);
    return data_[offset];
  }

  /// Row i of the outermost axis.
  [[nodiscard]] COT_FN constexpr auto row(index i) const
    requires(Rank >= 1)
  {
    shape<Rank - 1> sizes, strides;
    for (int a = 1; a < Rank; ++a) {
      sizes[a - 1] = sizes_[a];
      strides[a - 1] = strides_[a];
    }
    return view<T, Rank - 1, B>(data_ + i * strides_[0], sizes, strides);
  }

  /// Rows [first, last) of the outermost axis.
  [[nodiscard]] COT_FN constexpr view rows(index first, index last) const
    requires(Rank >= 1)
  {
    shape<Rank> sizes = sizes_;
    sizes[0] = last - first;
    return view(data_ + first * strides_[0], sizes, strides_);
  }

  /// Columns [first, last) of a matrix.
  [[nodiscard]] COT_FN constexpr view columns(index first, index last) const
    requires(Rank == 2)
  {
    return view(data_ + first * strides_[1], {{sizes_[0], last - first}}, strides_);
  }

  /// Whether the elements lie row-major without gaps.
  [[nodiscard]] COT_FN constexpr bool contiguous() const {
    index step = 1;
    for (int i = Rank; i-- > 0;) {
      if (sizes_[i] != 1 && strides_[i] != step) return false;
      step *= sizes_[i];
    }
    return true;
  }

 private:
  T* data_ = nullptr;
  shape<Rank> sizes_{};
  shape<Rank> strides_{};
};

}  // namespace cot
