#pragma once
// `tensor`: an owning, contiguous array in the memory of one backend.

#include <cotangent/core/error.hpp>
#include <cotangent/core/shape.hpp>
#include <cotangent/core/view.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace cot {

/// Row-major, without gaps, uninitialised unless said otherwise. Move-only: a copy is a named `clone`. The device must
/// outlive it. Data crosses between host and device by named copies only.
template <class T, int Rank, class B>
class tensor {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  tensor() = default;
  tensor(B& device, shape<Rank> sizes) : device_(&device), sizes_(sizes) {
    for (int i = 0; i < Rank; ++i)
      if (sizes[i] < 0) throw shape_error("tensor", "sizes", "no negative size", to_string(sizes));
    if (bytes() > 0) data_ = static_cast<T*>(allocate(device, bytes()));
  }
  tensor(tensor&& other) noexcept { swap(other); }
  tensor& operator=(tensor&& other) noexcept {
    tensor taken(std::move(other));
    swap(taken);
    return *this;
  }
  ~tensor() {
    if (data_ != nullptr) deallocate(*device_, data_, bytes());
  }

  /// A tensor that holds a copy of host values, row-major; their number must be that of the sizes.
  [[nodiscard]] static tensor from_host(B& device, std::span<const T> values, shape<Rank> sizes) {
    if (static_cast<index>(values.size()) != sizes.size())
      throw shape_error("tensor::from_host", "number of values",
                        std::to_string(sizes.size()) + " for " + to_string(sizes), std::to_string(values.size()));
    tensor t(device, sizes);
    upload(device, t.data_, values.data(), t.bytes());
    return t;
  }

  /// A copy of the values in host memory; waits for the device.
  [[nodiscard]] std::vector<T> to_host() const {
    std::vector<T> values(static_cast<std::size_t>(size()));
    if (data_ != nullptr) download(*device_, values.data(), data_, bytes());
    return values;
  }

  [[nodiscard]] tensor clone() const {
    const std::vector<T> values = to_host();
    return device_ ? from_host(*device_, values, sizes_) : tensor();
  }

  [[nodiscard]] B& device() const { return *device_; }
  [[nodiscard]] T* data() const { return data_; }
  [[nodiscard]] const shape<Rank>& sizes() const { return sizes_; }
  [[nodiscard]] index extent(int i) const { return sizes_[i]; }
  [[nodiscard]] index size() const { return device_ ? sizes_.size() : 0; }

  [[nodiscard]] cot::view<T, Rank, B> view() { return {data_, sizes_}; }
  [[nodiscard]] cot::view<const T, Rank, B> view() const { return {data_, sizes_}; }
  operator cot::view<T, Rank, B>() { return view(); }              // NOLINT: a tensor is its view
  operator cot::view<const T, Rank, B>() const { return view(); }  // NOLINT

 private:
  void swap(tensor& other) noexcept {
    std::swap(device_, other.device_);
    std::swap(data_, other.data_);
    std::swap(sizes_, other.sizes_);
  }
  [[nodiscard]] std::size_t bytes() const { return static_cast<std::size_t>(size()) * sizeof(T); }

  B* device_ = nullptr;
  T* data_ = nullptr;
  shape<Rank> sizes_{};
};

}  // namespace cot
