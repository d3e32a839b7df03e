#pragma once
// xtensor's arrays and ours, without a copy, both ways. It needs the package xtensor, which nothing else does.

#include <cotangent/core/error.hpp>
#include <cotangent/core/view.hpp>

#include <xtensor/xadapt.hpp>
#include <xtensor/xstrided_view.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>

namespace cot::interop {

/// An xtensor expression over memory of ours, of the same sizes and strides; assignments to it write there.
template <class T, int Rank, class B>
  requires B::host_memory
[[nodiscard]] auto as_xtensor(const view<T, Rank, B>& v) {
  std::array<std::size_t, static_cast<std::size_t>(Rank)> sizes{};
  std::array<std::ptrdiff_t, static_cast<std::size_t>(Rank)> strides{};
  std::size_t reach = v.size() > 0 ? 1 : 0;
  for (int i = 0; i < Rank; ++i) {
    sizes[static_cast<std::size_t>(i)] = static_cast<std::size_t>(v.extent(i));
    strides[static_cast<std::size_t>(i)] = v.extent(i) == 1 ? 0 : static_cast<std::ptrdiff_t>(v.stride(i));
    if (v.size() > 0) reach += static_cast<std::size_t>((v.extent(i) - 1) * v.stride(i));
  }
  const std::array<std::size_t, 1> flat{reach};
  return xt::strided_view(xt::adapt(v.data(), reach, xt::no_ownership(), flat), std::move(sizes), std::move(strides), 0,
                          xt::layout_type::dynamic);
}

/// A view of an xtensor container or adaptor of static rank. It must outlive the view.
template <class Array>
[[nodiscard]] auto as_view(Array& a) {
  using T = std::remove_pointer_t<decltype(a.data())>;
  constexpr int rank = static_cast<int>(std::tuple_size_v<typename Array::shape_type>);
  shape<rank> sizes, strides;
  for (int i = 0; i < rank; ++i) {
    sizes[i] = static_cast<index>(a.shape()[static_cast<std::size_t>(i)]);
    strides[i] = static_cast<index>(a.strides()[static_cast<std::size_t>(i)]);
  }
  return view<T, rank>(a.data(), sizes, strides);
}

}  // namespace cot::interop
