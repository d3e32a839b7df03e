#pragma once
// A JSON value seen from its file: a cursor that remembers file and key path, so that errors can name both.

#include <cotangent/core/error.hpp>
#include <cotangent/io/json_reader.hpp>
#include <cotangent/io/json_value.hpp>
#include <cotangent/io/utf8.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace cot::io {

/// A place in a document: `field(document, "config.json").at("rope_parameters").get<double>("rope_theta")` fails with
/// "key rope_parameters.rope_theta at config.json (byte 210): expected a number, got the string "1e4"".
/// Holds a pointer: the document must live longer.
class json_field {
 public:
  json_field(const json& value, std::string file, std::string path = {})
      : value_(&value), file_(std::move(file)), path_(std::move(path)) {}

  [[nodiscard]] const json& value() const noexcept { return *value_; }
  [[nodiscard]] const std::string& file() const noexcept { return file_; }
  /// "model.vocab", "added_tokens[3].id"; empty for the whole document.
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::size_t size() const noexcept { return value_->size(); }

  [[nodiscard]] bool contains(std::string_view key) const {
    require_object();
    return value_->contains(key);
  }
  [[nodiscard]] json_field at(std::string_view key) const {
    require_object();
    const json* found = value_->find(key);
    if (found == nullptr) throw file_error(file_, where(), "key " + printable(below(key)), "a value", "no such key");
    return {*found, file_, below(key)};
  }
  /// The member, or nothing where it is absent or null.
  [[nodiscard]] std::optional<json_field> find(std::string_view key) const {
    require_object();
    const json* found = value_->find(key);
    if (found == nullptr || found->is_null()) return std::nullopt;
    return json_field(*found, file_, below(key));
  }
  [[nodiscard]] json_field at(std::size_t index) const {
    if (!value_->is_array()) fail("an array");
    if (index >= value_->size()) fail("an array of more than " + std::to_string(index));
    return {value_->items()[index], file_, path_ + "[" + std::to_string(index) + "]"};
  }

  template <class T>
  [[nodiscard]] T as() const {
    T read{};
    if (const char* expected = value_->convert(read)) fail(expected);
    return read;
  }
  template <class T>
  [[nodiscard]] T get(std::string_view key) const {
    return at(key).template as<T>();
  }
  /// `otherwise` where the key is absent or null; another kind of value still throws.
  template <class T>
  [[nodiscard]] T value_or(std::string_view key, T otherwise) const {
    const auto found = find(key);
    return found ? found->template as<T>() : std::move(otherwise);
  }
  [[nodiscard]] std::string value_or(std::string_view key, const char* otherwise) const {
    return value_or(key, std::string(otherwise));
  }

  /// Refuses the value: says this place, what was expected, and what is there.
  [[noreturn]] void fail(std::string_view expected) const { fail(expected, value_->described()); }
  [[noreturn]] void fail(std::string_view expected, std::string_view got) const {
    throw file_error(file_, where(), path_.empty() ? std::string("JSON document") : "key " + printable(path_), expected,
                     got);
  }

 private:
  void require_object() const {
    if (!value_->is_object()) fail("an object");
  }
  [[nodiscard]] std::string below(std::string_view key) const {
    return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
  }
  [[nodiscard]] file_error::position where() const noexcept {
    const auto byte = value_->offset();
    return byte == json::nowhere ? file_error::position::none() : file_error::position::byte(byte);
  }

  const json* value_;
  std::string file_;
  std::string path_;
};

}  // namespace cot::io
