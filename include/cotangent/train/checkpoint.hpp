#pragma once
// Checkpoints of a training run: whole or absent, the newest two kept, resumable to the bit.

#include <cotangent/core/error.hpp>
#include <cotangent/core/shape.hpp>
#include <cotangent/io/atomic_file.hpp>
#include <cotangent/io/atomic_folder.hpp>
#include <cotangent/io/json.hpp>
#include <cotangent/io/safetensors.hpp>
#include <cotangent/io/safetensors_writer.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace cot::train {

/// Everything that a run needs to go on: random numbers are counter-based and the sampler is a function of the step, so
/// that neither has a state. `Numbers`: a vector where they are read, a span where they are written from.
template <class Numbers>
struct checkpoint_of {
  index step = 0;                ///< steps done
  index optimizer_steps = 0;     ///< of them, those that changed the weights
  io::json settings;             ///< what must agree with the run that resumes
  std::vector<io::json> events;  ///< the history so far
  Numbers values;                ///< all parameters, flat
  Numbers first_moment, second_moment;
};
template <class T>
using checkpoint = checkpoint_of<std::vector<T>>;

/// The folder OUTPUT/checkpoints, with one folder a step in it.
class checkpoint_folder {
 public:
  explicit checkpoint_folder(std::string path) : path_(std::move(path)) {}

  [[nodiscard]] const std::string& path() const { return path_; }

  /// Steps of the checkpoints that are there, ascending.
  [[nodiscard]] std::vector<index> steps() const {
    std::vector<index> found;
    std::error_code absent;
    for (const auto& entry : std::filesystem::directory_iterator(path_, absent)) {
      const std::string name = entry.path().filename().string();
      index step = 0;
      const auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), step);
      if (failed == std::errc() && end == name.data() + name.size() &&
          std::filesystem::exists(entry.path() / state_name))
        found.push_back(step);
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  /// Staged aside, synchronised and renamed; then all but the newest two go.
  template <class Numbers>
  void save(const checkpoint_of<Numbers>& c) const {
    using T = std::remove_const_t<typename Numbers::value_type>;
    {
      io::atomic_folder folder(path_ + "/" + std::to_string(c.step), io::publication::replace);
      const auto flat = [](std::string_view name, const Numbers& values) {
        return io::tensor_source::of(std::string(name), {static_cast<index>(values.size())},
                                     std::span<const T>(values));
      };
      const std::array tensors{flat("values", c.values), flat("first_moment", c.first_moment),
                               flat("second_moment", c.second_moment)};
      io::write_safetensors(folder / tensors_name, tensors, {.allow_non_finite = true});
      const io::json state = io::json::of(
          {{"step", c.step}, {"optimizer_steps", c.optimizer_steps}, {"settings", c.settings}, {"events", c.events}});
      io::write_file(folder / state_name, io::json_text(state, {.null_for_nan = true}));
      folder.commit();
    }
    const std::vector<index> all = steps();
    for (std::size_t i = 0; i + kept < all.size(); ++i)
      if (all[i] != c.step) std::filesystem::remove_all(path_ + "/" + std::to_string(all[i]));
  }

  /// Settings and events without the numbers, to look before a model is built.
  [[nodiscard]] io::json state(index step) const { return io::read_json(file(step, state_name)); }

  template <class T>
  [[nodiscard]] checkpoint<T> load(index step) const {
    const io::json state = this->state(step);
    checkpoint<T> c;
    c.step = state.get<index>("step");
    c.optimizer_steps = state.get<index>("optimizer_steps");
    c.settings = state.at("settings");
    c.events = state.at("events").items();
    const io::safetensors_file tensors(file(step, tensors_name));
    c.values = tensors.read<T>("values");
    c.first_moment = tensors.read<T>("first_moment");
    c.second_moment = tensors.read<T>("second_moment");
    return c;
  }

 private:
  static constexpr std::string_view state_name = "state.json", tensors_name = "state.safetensors";
  static constexpr std::size_t kept = 2;
  [[nodiscard]] std::string file(index step, std::string_view name) const {
    return path_ + "/" + std::to_string(step) + "/" + std::string(name);
  }
  std::string path_;
};

/// Throws option_error that names the first setting in which a run differs from the one it would resume.
inline void require_same_settings(const io::json& then, const io::json& now) {
  for (const auto& [key, value] : then.members()) {
    const io::json* other = now.find(key);
    const std::string was = io::json_text(value), is = other ? io::json_text(*other) : "nothing";
    if (was != is) throw option_error("resume", key, was + " as in the checkpoint", is);
  }
}

}  // namespace cot::train
