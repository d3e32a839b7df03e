#pragma once
// `profile`: where the time of a step goes, by class of operation. Operations charge the profile of their device, if it
// has one; without one they read no clock.

#include <cotangent/core/shape.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <string_view>
#include <type_traits>

namespace cot {

/// Classes of work. Matmuls are told apart by their form, as weights lie [out, in]: forward is NT, the gradient of the
/// input NN, that of the weights TN.
enum class work_class {
  matmul_forward,
  matmul_dx,
  matmul_dw,
  attention_forward,
  attention_backward,
  rows,  ///< norms, activations, residuals, bias gradients, pooling, losses: bound by memory
  embedding,
  optimizer,
  data,  ///< reading, tokenising, batching
};
inline constexpr std::array<std::string_view, 9> work_class_names = {
    "matmul forward", "matmul dX", "matmul dW", "attention forward", "attention backward", "row operations",
    "embedding",      "optimizer", "data"};

class profile {
 public:
  struct entry {
    double seconds = 0;
    double flops = 0;       ///< of float or double operands
    double bf16_flops = 0;  ///< of bfloat16 operands
    double bytes = 0;       ///< compulsory traffic: each operand read once, each result written once
    index calls = 0;
  };

  [[nodiscard]] const entry& operator[](work_class c) const { return entries_[static_cast<std::size_t>(c)]; }
  [[nodiscard]] double seconds() const {
    double sum = 0;
    for (const entry& e : entries_) sum += e.seconds;
    return sum;
  }
  void clear() { entries_ = {}; }

 private:
  template <class B>
  friend class profile_span;
  std::array<entry, work_class_names.size()> entries_{};
  entry* running_ = nullptr;  // what an enclosing span charges
};

/// What a machine can do at best in a second; 0: not known. A profile's floors. See backend/cpu/rates.hpp.
struct machine_rates {
  double flops = 0;       ///< floating-point operations of float operands
  double bf16_flops = 0;  ///< of bfloat16 operands
  double bytes = 0;       ///< read and written
};

/// Charges the time until its end to a class. Inside another span it adds only its operations and bytes, to the outer
/// one's class. Spans belong to the thread that drives the device. A device without `profile()` costs nothing.
template <class B>
class profile_span {
  static constexpr bool possible = requires(B& device) { device.profiled_by(); };

 public:
  profile_span(B& device, work_class c, double bytes = 0, double flops = 0, bool bf16 = false) {
    if constexpr (possible) {
      profile_ = device.profiled_by();
      if (profile_ == nullptr) return;
      outermost_ = profile_->running_ == nullptr;
      if (outermost_) profile_->running_ = &profile_->entries_[static_cast<std::size_t>(c)];
      profile::entry& e = *profile_->running_;
      e.bytes += bytes;
      (bf16 ? e.bf16_flops : e.flops) += flops;
      if (outermost_) start_ = std::chrono::steady_clock::now();
    }
  }
  profile_span(const profile_span&) = delete;
  profile_span& operator=(const profile_span&) = delete;
  ~profile_span() {
    if (!outermost_) return;
    profile::entry& e = *profile_->running_;
    e.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    ++e.calls;
    profile_->running_ = nullptr;
  }

 private:
  profile* profile_ = nullptr;
  bool outermost_ = false;
  std::chrono::steady_clock::time_point start_;
};

/// Bytes of the elements of some views; null views have none.
template <class... Views>
[[nodiscard]] double bytes_of(const Views&... views) {
  const auto bytes = [](const auto& v) {
    return v.data() == nullptr ? 0.0 : static_cast<double>(v.size()) * sizeof(*v.data());
  };
  return (bytes(views) + ...);
}

}  // namespace cot
