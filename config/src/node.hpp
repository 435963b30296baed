// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace drydock::config {

/// A place in the fleet file, both from 1; line 0: the file as a whole, or a setting.
struct position {
  std::size_t line = 0;
  std::size_t column = 0;
  /// What stands here was put there by this setting, from 1; 0: it is the file's own.
  std::size_t setting = 0;

  friend auto operator<=>(const position&, const position&) = default;
};

struct member;

/// A tree with positions, read from TOML or JSON: the one form that all checks
/// work on, so that neither parser's types leave its source file.
struct node {
  enum class kind : std::uint8_t {
    null,
    boolean,
    integer,
    floating,
    text,
    date,
    list,
    table
  };
  kind type = kind::null;
  position at;
  bool boolean = false;
  std::int64_t integer = 0;
  double floating = 0.0;
  /// Strings, and dates and times as TOML writes them.
  std::string text;
  std::vector<node> items;
  std::vector<member> members;

  /// The member called `key`, or null.
  [[nodiscard]] const member* find(std::string_view key) const;
  [[nodiscard]] bool is_table() const { return type == kind::table; }
};

/// One key of a table.
struct member {
  std::string key;
  position at;
  node value;

  /// Where the member begins: at its key, or at the `[` of its header.
  [[nodiscard]] position begin() const;
};

/// What a person calls a node: "a string", "an integer".
[[nodiscard]] std::string_view describe(node::kind x);

/// The position of the key at a dotted path, or of its nearest ancestor that is
/// in the file; else line 1, column 1. Keys may hold dots themselves.
[[nodiscard]] position locate(const node& root, std::string_view path);

} // namespace drydock::config
