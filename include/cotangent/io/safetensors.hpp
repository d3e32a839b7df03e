#pragma once
// A safetensors file, mapped into memory: its tensors as spans, views and converted copies.

#include <cotangent/core/error.hpp>
#include <cotangent/core/shape.hpp>
#include <cotangent/core/view.hpp>
#include <cotangent/io/mapped_file.hpp>
#include <cotangent/io/number_type.hpp>
#include <cotangent/io/safetensors_layout.hpp>
#include <cotangent/io/utf8.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cot::io {

/// Reads `*.safetensors`. Every check is made on opening; bytes of tensors are read when they are asked for.
///
///   cot::io::safetensors_file file("model.safetensors");
///   std::vector<float> weight = file.read<float>("embeddings.word_embeddings.weight");   // from F32, F16, BF16, F64
class safetensors_file {
 public:
  /// Throws `file_error` for what the file system or `read_safetensors_layout` refuses.
  explicit safetensors_file(std::string path, trailing_bytes extra = trailing_bytes::refuse)
      : map_(std::move(path)), layout_(read_safetensors_layout(map_.bytes(), map_.path(), extra)) {
    for (std::size_t i = 0; i < layout_.tensors.size(); ++i) order_.push_back(i);
    std::sort(order_.begin(), order_.end(),
              [this](std::size_t a, std::size_t b) { return layout_.tensors[a].name < layout_.tensors[b].name; });
  }

  [[nodiscard]] const std::string& path() const noexcept { return map_.path(); }
  /// In the order of their bytes.
  [[nodiscard]] const std::vector<tensor_entry>& tensors() const noexcept { return layout_.tensors; }
  [[nodiscard]] const safetensors_layout& layout() const noexcept { return layout_; }

  /// The tensor of a name, or null.
  [[nodiscard]] const tensor_entry* find(std::string_view name) const noexcept {
    const auto found = std::lower_bound(order_.begin(), order_.end(), name, [this](std::size_t i, std::string_view n) {
      return layout_.tensors[i].name < n;
    });
    return found != order_.end() && layout_.tensors[*found].name == name ? &layout_.tensors[*found] : nullptr;
  }
  [[nodiscard]] bool contains(std::string_view name) const noexcept { return find(name) != nullptr; }
  [[nodiscard]] const tensor_entry& at(std::string_view name) const {
    const tensor_entry* found = find(name);
    if (found == nullptr) {
      throw file_error(path(), file_error::position::none(), "tensor \"" + printable(name) + "\"",
                       "one of the " + std::to_string(layout_.tensors.size()) + " tensors of the file", "another name");
    }
    return *found;
  }

  /// The stored bytes, perhaps unaligned; valid as long as this object.
  [[nodiscard]] std::span<const std::byte> bytes(const tensor_entry& tensor) const {
    return map_.bytes().subspan(static_cast<std::size_t>(tensor.begin),
                                static_cast<std::size_t>(tensor.end - tensor.begin));
  }

  /// The tensor without a copy: its type must be that of T, its rank Rank, and its bytes aligned.
  template <class T, int Rank>
  [[nodiscard]] cot::view<const T, Rank> view(std::string_view name) const {
    const tensor_entry& tensor = at(name);
    if (tensor.type != number_type_of<T>()) refuse(tensor, name_of(number_type_of<T>()), name_of(tensor.type));
    if (tensor.shape.size() != std::size_t{Rank}) {
      refuse(tensor, "rank " + std::to_string(Rank), to_string(tensor.shape));
    }
    const std::byte* data = bytes(tensor).data();
    if (reinterpret_cast<std::uintptr_t>(data) % alignof(T) != 0) refuse(tensor, "aligned bytes", "an odd offset");
    shape<Rank> sizes;
    for (int i = 0; i < Rank; ++i) sizes[i] = tensor.shape[static_cast<std::size_t>(i)];
    return {reinterpret_cast<const T*>(data), sizes};
  }

  /// Copies the numbers, converted to T: to float, double or bfloat16 from real types (narrowing rounds to nearest),
  /// to an integer type from integers and BOOL (a value out of range throws). `out.size()` must be the tensor's.
  template <class T>
  void read(const tensor_entry& tensor, std::span<T> out) const {
    if (!convertible<T>(tensor.type)) refuse(tensor, "a type that converts to the asked one", name_of(tensor.type));
    if (static_cast<index>(out.size()) != tensor.size()) {
      refuse(tensor, std::to_string(out.size()) + " numbers", to_string(tensor.shape));
    }
    const std::size_t fitting = convert_numbers<T>(tensor.type, bytes(tensor).data(), out);
    if (fitting != out.size())
      refuse(tensor, "integers within range", "item " + std::to_string(fitting) + " beyond it");
  }
  template <class T>
  [[nodiscard]] std::vector<T> read(std::string_view name) const {
    const tensor_entry& tensor = at(name);
    if (!convertible<T>(tensor.type)) refuse(tensor, "a type that converts to the asked one", name_of(tensor.type));
    std::vector<T> values(static_cast<std::size_t>(tensor.size()));
    read<T>(tensor, values);
    return values;
  }

 private:
  [[noreturn]] void refuse(const tensor_entry& tensor, std::string_view expected, std::string_view got) const {
    throw file_error(path(), file_error::position::byte(tensor.begin), "tensor \"" + printable(tensor.name) + "\"",
                     expected, got);
  }

  mapped_file map_;
  safetensors_layout layout_;
  std::vector<std::size_t> order_;  // by name
};

}  // namespace cot::io
