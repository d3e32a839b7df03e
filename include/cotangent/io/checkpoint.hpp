#pragma once
// The weights of a model folder: one safetensors file, or shards and their index.

#include <cotangent/core/error.hpp>
#include <cotangent/io/json_field.hpp>
#include <cotangent/io/safetensors.hpp>
#include <cotangent/io/utf8.hpp>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/stat.h>

namespace cot::io {

/// Whether something is there under this name.
[[nodiscard]] inline bool exists(const std::string& path) noexcept {
  struct ::stat status{};
  return ::stat(path.c_str(), &status) == 0;
}

/// Whether a name inside a file may be joined to a folder: relative, without "..", "." or empty parts, backslash,
/// colon or NUL. A bare file name has no separator either.
[[nodiscard]] inline bool safe_path(std::string_view path, bool bare_name) {
  if (path.empty() || path.find_first_of(std::string_view("\\:\0", 3)) != std::string_view::npos) return false;
  if (bare_name && path.find('/') != std::string_view::npos) return false;
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

/// `model.safetensors` of a folder, else `model.safetensors.index.json` and its shards, each opened when a tensor of
/// it is first asked for. Pickled weights (`pytorch_model.bin`) are never read.
class checkpoint {
 public:
  /// Throws `file_error` where the folder has no weights that can be read, or the index is wrong: a shard with a path
  /// in its name, a value that is no string.
  explicit checkpoint(std::string folder, const std::string& stem = "model") : folder_(std::move(folder)) {
    const std::string single = folder_ + "/" + stem + ".safetensors";
    const std::string index_file = single + ".index.json";
    if (exists(single)) {
      shards_.push_back({single, {}});
      for (const tensor_entry& tensor : open(0).tensors()) places_.emplace(tensor.name, 0);
    } else if (exists(index_file)) {
      read_index(index_file);
    } else {
      const bool pickled = exists(folder_ + "/pytorch_model.bin") || exists(folder_ + "/pytorch_model.bin.index.json");
      throw file_error(folder_, file_error::position::none(), "no weights", stem + ".safetensors or its index",
                       pickled ? "pytorch_model.bin, a pickle, which is never read because it can run code: load it in "
                                 "Python and save_pretrained() it again"
                               : "a folder without it");
    }
  }

  [[nodiscard]] const std::string& folder() const noexcept { return folder_; }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& place : places_) all.push_back(place.first);
    return all;
  }
  [[nodiscard]] bool contains(std::string_view name) const { return places_.find(name) != places_.end(); }

  /// The stored name of a base model's tensor: as it is, or behind a prefix of a head class, or with the LayerNorm
  /// `gamma` and `beta` of the oldest BERT files in place of `weight` and `bias`. Empty where there is none.
  ///
  ///   weights.stored_name("embeddings.LayerNorm.weight", {"bert.", "roberta."})
  [[nodiscard]] std::string stored_name(std::string_view name, std::initializer_list<std::string_view> prefixes) const {
    std::string old(name);
    const auto rename = [&old](std::string_view from, std::string_view to) {
      if (old.ends_with(from)) old.replace(old.size() - from.size(), from.size(), to);
    };
    rename("LayerNorm.weight", "LayerNorm.gamma");
    rename("LayerNorm.bias", "LayerNorm.beta");
    for (const std::string& candidate : {std::string(name), old}) {
      if (contains(candidate)) return candidate;
      for (const std::string_view prefix : prefixes) {
        if (contains(std::string(prefix) + candidate)) return std::string(prefix) + candidate;
      }
    }
    return {};
  }

  /// The file that holds a tensor. Throws `file_error` for an unknown name and for a shard that lacks what the index
  /// promises.
  [[nodiscard]] const safetensors_file& file_of(std::string_view name) {
    const auto place = places_.find(name);
    if (place == places_.end()) {
      throw file_error(folder_, file_error::position::none(), "tensor \"" + printable(name) + "\"",
                       "one of the " + std::to_string(places_.size()) + " tensors of the checkpoint", "another name");
    }
    const safetensors_file& file = open(place->second);
    if (!file.contains(name)) {
      throw file_error(file.path(), file_error::position::none(), "tensor \"" + printable(name) + "\"",
                       "the tensor that the index places in this shard", "none");
    }
    return file;
  }
  [[nodiscard]] const tensor_entry& at(std::string_view name) { return file_of(name).at(name); }
  template <class T>
  [[nodiscard]] std::vector<T> read(std::string_view name) {
    return file_of(name).template read<T>(name);
  }
  template <class T>
  void read(std::string_view name, std::span<T> out) {
    const safetensors_file& file = file_of(name);
    file.template read<T>(file.at(name), out);
  }

  /// Names that a shard holds but the index does not place there. Opens every shard.
  [[nodiscard]] std::vector<std::string> unlisted() {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < shards_.size(); ++i) {
      for (const tensor_entry& tensor : open(i).tensors()) {
        const auto place = places_.find(tensor.name);
        if (place == places_.end() || place->second != i) names.push_back(tensor.name);
      }
    }
    return names;
  }

 private:
  struct shard {
    std::string path;
    std::vector<safetensors_file> file;  // empty until it is opened
  };

  const safetensors_file& open(std::size_t i) {
    if (shards_[i].file.empty()) shards_[i].file.emplace_back(shards_[i].path);
    return shards_[i].file.front();
  }
  void read_index(const std::string& index_file) {
    const json document = read_json(index_file, safetensors_layout::most_header_bytes);
    const json_field map = json_field(document, index_file).at("weight_map");
    if (!map.value().is_object()) map.fail("an object of tensor and file names");
    std::map<std::string, std::size_t, std::less<>> shard_of;
    for (const auto& [name, value] : map.value().members()) {
      const json_field entry = map.at(name);
      const auto file = entry.as<std::string>();
      if (!safe_path(file, true)) entry.fail("a file name without a path");
      const auto [known, is_new] = shard_of.emplace(file, shards_.size());
      if (is_new) {
        shards_.push_back({folder_ + "/" + file, {}});
        if (!exists(shards_.back().path)) entry.fail("a shard in the folder", "\"" + file + "\", which is missing");
      }
      places_.emplace(name, known->second);
    }
  }

  std::string folder_;
  std::vector<shard> shards_;
  std::map<std::string, std::size_t, std::less<>> places_;  // tensor name -> shard
};

}  // namespace cot::io
