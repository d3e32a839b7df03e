#pragma once
// A JSON value: null, boolean, integer, number, string, array, or object whose keys keep their order.

#include <cotangent/core/error.hpp>
#include <cotangent/io/utf8.hpp>

#include <algorithm>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cot::io {

class json;

/// The shortest decimal digits that give the same double back, with a point or an exponent: "0.1", "2.0", "1e+30".
[[nodiscard]] inline std::string number_text(double value) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  std::string text(digits, end);
  if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
  return text;
}

/// The members of a JSON object, in the order in which they were written, with look-up by key in O(log n).
/// Keys are unique. `set` costs O(n) where its key is not the greatest so far; the reader builds the index once.
class json_object {
 public:
  struct member;
  using storage = std::vector<member>;

  json_object() noexcept;
  json_object(const json_object&);
  json_object(json_object&&) noexcept;
  json_object& operator=(const json_object&);
  json_object& operator=(json_object&&) noexcept;
  ~json_object();
  /// Takes members whose keys must differ; `duplicate()` says which does not.
  explicit json_object(storage members);

  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  [[nodiscard]] const json* find(std::string_view key) const noexcept;
  [[nodiscard]] json* find(std::string_view key) noexcept;
  /// The value of `key`, added as null at the end where it is new.
  json& set(std::string_view key);
  /// Removes a key; false where it was not there.
  bool erase(std::string_view key);
  /// The later of two members with the same key, or null: asked by the reader after bulk construction.
  [[nodiscard]] const member* duplicate() const noexcept;

  /// Equal keys with equal values, in any order.
  friend bool operator==(const json_object& a, const json_object& b);

  [[nodiscard]] auto begin() const noexcept;
  [[nodiscard]] auto end() const noexcept;
  [[nodiscard]] auto begin() noexcept;
  [[nodiscard]] auto end() noexcept;

 private:
  [[nodiscard]] std::size_t rank(std::string_view key) const noexcept;
  [[nodiscard]] std::size_t position(std::string_view key) const noexcept;

  storage members_;
  std::vector<std::uint32_t> order_;  // positions in members_, sorted by key
};

/// One JSON value. A value that was read remembers the byte where it began, and each error says it.
///
/// Integers are exact from -2^63 to 2^64 - 1; every other number is the nearest double. `as<T>` and `get<T>` convert
/// to bool, any integer type (range checked), any floating type (from integers too), std::string or string_view, and
/// throw `file_error` that names key, expected and actual kind. For the whole key path and the file: `json_field`.
class json {
 public:
  using array = std::vector<json>;
  using object = json_object;
  enum class kind : std::uint8_t { null, boolean, integer, number, string, array, object };
  static constexpr std::uint64_t nowhere = std::numeric_limits<std::uint64_t>::max();

  json() = default;
  json(std::nullptr_t) {}  // NOLINT(google-explicit-constructor): values are written as literals
  json(bool value) : value_(value) {}
  template <std::integral T>
  json(T value) : value_(store(value)) {}
  template <std::floating_point T>
  json(T value) : value_(static_cast<double>(value)) {}
  json(const char* value) : value_(std::string(value)) {}
  json(std::string_view value) : value_(std::string(value)) {}
  json(std::string value) : value_(std::move(value)) {}
  json(array value) : value_(std::move(value)) {}
  json(object value) : value_(std::move(value)) {}
  template <class T>
    requires(!std::same_as<T, json> && std::constructible_from<json, const T&>)
  json(const std::vector<T>& values) : value_(array(values.begin(), values.end())) {}

  /// `json::of({{"model_type", "bert"}, {"sizes", json::list({1, 2})}})`: an object, an array. A repeated key keeps
  /// its first place and its last value.
  [[nodiscard]] static json of(std::initializer_list<std::pair<std::string_view, json>> members = {}) {
    json made{object()};
    for (const auto& [key, value] : members) made[key] = value;
    return made;
  }
  [[nodiscard]] static json list(std::initializer_list<json> items = {}) { return json(array(items)); }

  [[nodiscard]] kind type() const noexcept {
    constexpr kind kinds[] = {kind::null,   kind::boolean, kind::integer, kind::integer,
                              kind::number, kind::string,  kind::array,   kind::object};
    return kinds[value_.index()];
  }
  [[nodiscard]] bool is_null() const noexcept { return type() == kind::null; }
  [[nodiscard]] bool is_boolean() const noexcept { return type() == kind::boolean; }
  [[nodiscard]] bool is_integer() const noexcept { return type() == kind::integer; }
  /// An integer or any other number.
  [[nodiscard]] bool is_number() const noexcept { return is_integer() || type() == kind::number; }
  [[nodiscard]] bool is_string() const noexcept { return type() == kind::string; }
  [[nodiscard]] bool is_array() const noexcept { return type() == kind::array; }
  [[nodiscard]] bool is_object() const noexcept { return type() == kind::object; }

  /// The value as T; throws `file_error` where it is of another kind or out of T's range.
  template <class T>
  [[nodiscard]] T as() const {
    T value{};
    const char* expected = convert(value);
    if (expected != nullptr) fail("JSON value", expected);
    return value;
  }
  /// Writes the value to `out` and returns null, or returns what was expected instead ("a string"). Never throws
  /// for the kind: the building block of readers with their own messages.
  template <class T>
  [[nodiscard]] const char* convert(T& out) const;

  /// Items of an array, members of an object.
  [[nodiscard]] const array& items() const { return required<array>("an array"); }
  [[nodiscard]] array& items() { return const_cast<array&>(std::as_const(*this).items()); }
  [[nodiscard]] const object& members() const { return required<object>("an object"); }
  [[nodiscard]] object& members() { return const_cast<object&>(std::as_const(*this).members()); }
  /// Items or members; 0 for everything else.
  [[nodiscard]] std::size_t size() const noexcept {
    if (const auto* list = std::get_if<array>(&value_)) return list->size();
    if (const auto* map = std::get_if<object>(&value_)) return map->size();
    return 0;
  }

  /// The member `key`, or null where it is absent or this is no object.
  [[nodiscard]] const json* find(std::string_view key) const noexcept {
    const auto* map = std::get_if<object>(&value_);
    return map == nullptr ? nullptr : map->find(key);
  }
  [[nodiscard]] bool contains(std::string_view key) const noexcept { return find(key) != nullptr; }
  [[nodiscard]] const json& at(std::string_view key) const {
    const json* found = members().find(key);
    if (found == nullptr) fail_absent(key);
    return *found;
  }
  [[nodiscard]] const json& at(std::size_t index) const {
    const array& list = items();
    if (index >= list.size()) {
      fail_with("JSON array", "an item " + std::to_string(index), std::to_string(list.size()) + " items");
    }
    return list[index];
  }
  template <class T>
  [[nodiscard]] T get(std::string_view key) const {
    T value{};
    const json& found = at(key);
    if (const char* expected = found.convert(value)) found.fail("key \"" + printable(key) + "\"", expected);
    return value;
  }
  /// The member as T; `otherwise` where it is absent or null. A value of another kind still throws.
  template <class T>
  [[nodiscard]] T value_or(std::string_view key, T otherwise) const {
    const json* found = members().find(key);
    return found == nullptr || found->is_null() ? std::move(otherwise) : get<T>(key);
  }
  [[nodiscard]] std::string value_or(std::string_view key, const char* otherwise) const {
    return value_or(key, std::string(otherwise));
  }

  /// The member `key`, added where it is new; a null becomes an object first.
  json& operator[](std::string_view key) {
    if (is_null()) value_ = object();
    return members().set(key);
  }
  /// Appends to an array; a null becomes one first.
  json& push_back(json item) {
    if (is_null()) value_ = array();
    return items().emplace_back(std::move(item));
  }

  /// The byte of the text where the value began, `nowhere` for values made by a program.
  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
  void set_offset(std::uint64_t offset) noexcept { offset_ = offset; }

  /// "an integer", "the string \"gelu\"": the value as an error names it.
  [[nodiscard]] std::string described() const;

  /// Equal kinds and equal values; objects without regard to order. 1 and 1.0 differ in kind.
  friend bool operator==(const json& a, const json& b);

 private:
  using storage = std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, double, std::string, array, object>;

  template <std::integral T>
  static storage store(T value) {
    if (std::in_range<std::int64_t>(value)) return storage(static_cast<std::int64_t>(value));
    return storage(static_cast<std::uint64_t>(value));
  }
  template <class T>
  const T& required(const char* expected) const {
    const T* held = std::get_if<T>(&value_);
    if (held == nullptr) fail("JSON value", expected);
    return *held;
  }
  [[nodiscard]] file_error::position where() const noexcept {
    return offset_ == nowhere ? file_error::position::none() : file_error::position::byte(offset_);
  }
  [[noreturn]] void fail(std::string_view what, std::string_view expected) const {
    fail_with(what, expected, described());
  }
  [[noreturn]] void fail_with(std::string_view what, std::string_view expected, std::string_view got) const {
    throw file_error("JSON text", where(), what, expected, got);
  }
  [[noreturn]] void fail_absent(std::string_view key) const {
    fail_with("JSON object", "the key \"" + printable(key) + "\"", "none");
  }

  friend class json_text_maker;
  storage value_;
  std::uint64_t offset_ = nowhere;
};

struct json_object::member {
  std::string key;
  json value;
};

inline json_object::json_object() noexcept = default;
inline json_object::json_object(const json_object&) = default;
inline json_object::json_object(json_object&&) noexcept = default;
inline json_object& json_object::operator=(const json_object&) = default;
inline json_object& json_object::operator=(json_object&&) noexcept = default;
inline json_object::~json_object() = default;

inline json_object::json_object(storage members) : members_(std::move(members)), order_(members_.size()) {
  // The first eight bytes as a number decide nearly every comparison without touching the text.
  struct entry {
    std::uint64_t front;
    std::uint32_t place;
  };
  std::vector<entry> entries(members_.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::string& key = members_[i].key;
    std::uint64_t front = 0;
    for (std::size_t k = 0; k < 8; ++k) front = front << 8 | (k < key.size() ? static_cast<unsigned char>(key[k]) : 0U);
    entries[i] = {front, static_cast<std::uint32_t>(i)};
  }
  std::sort(entries.begin(), entries.end(), [this](const entry& a, const entry& b) {
    if (a.front != b.front) return a.front < b.front;
    const int order = members_[a.place].key.compare(members_[b.place].key);
    return order != 0 ? order < 0 : a.place < b.place;
  });
  for (std::size_t i = 0; i < entries.size(); ++i) order_[i] = entries[i].place;
}

inline std::size_t json_object::size() const noexcept { return members_.size(); }
inline auto json_object::begin() const noexcept { return members_.begin(); }
inline auto json_object::end() const noexcept { return members_.end(); }
inline auto json_object::begin() noexcept { return members_.begin(); }
inline auto json_object::end() noexcept { return members_.end(); }

inline std::size_t json_object::rank(std::string_view key) const noexcept {
  const auto found = std::lower_bound(order_.begin(), order_.end(), key, [this](std::uint32_t i, std::string_view k) {
    return std::string_view(members_[i].key) < k;
  });
  return static_cast<std::size_t>(found - order_.begin());
}

inline std::size_t json_object::position(std::string_view key) const noexcept {
  const std::size_t at = rank(key);
  return at < order_.size() && members_[order_[at]].key == key ? order_[at] : members_.size();
}

inline const json* json_object::find(std::string_view key) const noexcept {
  const std::size_t at = position(key);
  return at == members_.size() ? nullptr : &members_[at].value;
}

inline json* json_object::find(std::string_view key) noexcept {
  return const_cast<json*>(std::as_const(*this).find(key));
}

inline json& json_object::set(std::string_view key) {
  const std::size_t at = rank(key);
  if (at < order_.size() && members_[order_[at]].key == key) return members_[order_[at]].value;
  members_.push_back({std::string(key), json()});
  order_.insert(order_.begin() + static_cast<std::ptrdiff_t>(at), static_cast<std::uint32_t>(members_.size() - 1));
  return members_.back().value;
}

inline bool json_object::erase(std::string_view key) {
  const std::size_t at = position(key);
  if (at == members_.size()) return false;
  members_.erase(members_.begin() + static_cast<std::ptrdiff_t>(at));
  *this = json_object(std::move(members_));
  return true;
}

inline const json_object::member* json_object::duplicate() const noexcept {
  for (std::size_t i = 1; i < order_.size(); ++i) {
    if (members_[order_[i]].key == members_[order_[i - 1]].key) return &members_[order_[i]];
  }
  return nullptr;
}

template <class T>
const char* json::convert(T& out) const {
  if constexpr (std::same_as<T, bool>) {
    const bool* held = std::get_if<bool>(&value_);
    if (held == nullptr) return "a boolean";
    out = *held;
  } else if constexpr (std::integral<T>) {
    const auto assign = [&out](auto held) {
      if (!std::in_range<T>(held)) return false;
      out = static_cast<T>(held);
      return true;
    };
    constexpr const char* expected = sizeof(T) >= 8 && std::unsigned_integral<T> ? "a non-negative integer"
                                     : std::unsigned_integral<T>                 ? "a small non-negative integer"
                                     : sizeof(T) >= 8                            ? "an integer"
                                                                                 : "an integer within 32 bits";
    if (const auto* held = std::get_if<std::int64_t>(&value_)) return assign(*held) ? nullptr : expected;
    if (const auto* held = std::get_if<std::uint64_t>(&value_)) return assign(*held) ? nullptr : expected;
    return expected;
  } else if constexpr (std::floating_point<T>) {
    if (const auto* held = std::get_if<double>(&value_)) {
      out = static_cast<T>(*held);
    } else if (const auto* whole = std::get_if<std::int64_t>(&value_)) {
      out = static_cast<T>(*whole);
    } else if (const auto* large = std::get_if<std::uint64_t>(&value_)) {
      out = static_cast<T>(*large);
    } else {
      return "a number";
    }
  } else {
    static_assert(std::same_as<T, std::string> || std::same_as<T, std::string_view>,
                  "json converts to bool, integers, floating-point numbers, std::string and std::string_view");
    const std::string* held = std::get_if<std::string>(&value_);
    if (held == nullptr) return "a string";
    out = *held;
  }
  return nullptr;
}

inline std::string json::described() const {
  switch (type()) {
    case kind::null: return "null";
    case kind::boolean: return std::get<bool>(value_) ? "true" : "false";
    case kind::integer:
      if (const auto* held = std::get_if<std::int64_t>(&value_)) return "the integer " + std::to_string(*held);
      return "the integer " + std::to_string(std::get<std::uint64_t>(value_));
    case kind::number: return "the number " + number_text(std::get<double>(value_));
    case kind::string: return "the string \"" + printable(std::get<std::string>(value_)) + "\"";
    case kind::array: return "an array of " + std::to_string(size());
    case kind::object: return "an object of " + std::to_string(size());
  }
  return "nothing";
}

inline bool operator==(const json& a, const json& b) { return a.value_ == b.value_; }

inline bool operator==(const json_object& a, const json_object& b) {
  if (a.size() != b.size()) return false;
  for (const auto& [key, value] : a) {
    const json* other = b.find(key);
    if (other == nullptr || !(value == *other)) return false;
  }
  return true;
}

}  // namespace cot::io
