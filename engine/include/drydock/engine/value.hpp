// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace drydock::inline v1::engine {

/// A tree as JSON has them: what a model is made of. An ordinary value: copies
/// are deep, comparison is by content, no member throws but on lack of memory.
class value {
public:
  /// An array of JSON.
  using list = std::vector<value>;
  /// An object of JSON; its keys are sorted.
  using table = std::map<std::string, value, std::less<>>;

  /// Null.
  value() = default;
  /// A value of that kind; whole numbers are 64 bits wide.
  ///@{
  value(bool x) : data_(x) {}
  value(std::int64_t x) : data_(x) {}
  value(int x) : data_(std::int64_t{x}) {}
  value(double x) : data_(x) {}
  value(std::string x) : data_(std::move(x)) {}
  value(const char* x) : data_(std::string(x)) {}
  value(list x) : data_(std::move(x)) {}
  value(table x) : data_(std::move(x)) {}
  ///@}

  /// Whether it is null.
  [[nodiscard]] bool is_null() const {
    return std::holds_alternative<std::monostate>(data_);
  }
  /// What it holds, if it is of that kind; else a null pointer. No kind is converted
  /// to another. Valid until the value is assigned to or gone.
  ///@{
  [[nodiscard]] const table* as_table() const { return std::get_if<table>(&data_); }
  [[nodiscard]] table* as_table() { return std::get_if<table>(&data_); }
  [[nodiscard]] const list* as_list() const { return std::get_if<list>(&data_); }
  [[nodiscard]] const std::string* as_string() const {
    return std::get_if<std::string>(&data_);
  }
  [[nodiscard]] const std::int64_t* as_int() const {
    return std::get_if<std::int64_t>(&data_);
  }
  [[nodiscard]] const double* as_double() const { return std::get_if<double>(&data_); }
  [[nodiscard]] const bool* as_bool() const { return std::get_if<bool>(&data_); }
  ///@}

  /// The value at a dotted path (`image.version`), or null where any step is
  /// missing or no table.
  [[nodiscard]] const value* find(std::string_view path) const;

  /// Puts `x` at a dotted path; tables are made where steps are missing.
  void set(std::string_view path, value x);

  /// The text that a command template shows: strings bare, other scalars as in
  /// JSON, null as nothing, lists and tables as compact JSON.
  [[nodiscard]] std::string to_text() const;

  friend bool operator==(const value&, const value&) = default;

private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, list, table>
    data_;
};

/// Merges `patch` onto `target` as RFC 7396 merges JSON: tables merge, other
/// values replace, null removes.
[[nodiscard]] value merge(value target, const value& patch);

/// The dotted paths of the leaves in which two models differ, sorted. A list is
/// one leaf. Empty tables count as absent.
[[nodiscard]] std::vector<std::string> changed_paths(const value& before,
                                                     const value& after);

} // namespace drydock::inline v1::engine
