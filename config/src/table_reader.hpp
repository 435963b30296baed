// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "diagnostics.hpp"
#include "drydock/engine/time.hpp"
#include "nearest_key.hpp"
#include "node.hpp"

#include <concepts>
#include <initializer_list>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace drydock::config {

/// The lengths of time that a key accepts, both included.
struct length_range {
  engine::duration least{0};
  engine::duration most = engine::duration::max();
  /// Whose limits these are (" with compatibility \"azure\""), for messages.
  std::string_view whose = {};
};

/// A length of time as people write it: `1h30m`, `250ms`.
[[nodiscard]] std::string short_text(engine::duration x);

/// Reads one table of the fleet file key by key. Every key that is asked for is
/// a known one; `finish` reports the others. A key that is missing or wrong
/// leaves the value it was to fill as it is, so that defaults are the caller's.
/// Members that return bool say whether the key is there and right.
class table_reader {
public:
  /// `table` may be null: then nothing is given. `prefix` stands in front of
  /// every message.
  table_reader(const node* table, position at, diagnostics& sink,
               std::string prefix = {});

  [[nodiscard]] bool present() const { return table_ != nullptr; }
  [[nodiscard]] position at() const { return at_; }
  [[nodiscard]] diagnostics& sink() { return *sink_; }
  [[nodiscard]] const std::string& prefix() const { return prefix_; }

  /// The member called `key`, whatever it holds, or null.
  const member* find(std::string_view key);
  /// Whether the key is there at all.
  bool given(std::string_view key) { return find(key) != nullptr; }
  /// Where the value of `key` is, or the table itself where it is missing.
  position position_of(std::string_view key);

  bool read(std::string_view key, bool& out);
  bool read(std::string_view key, std::string& out);
  bool read(std::string_view key, std::vector<std::string>& out);
  bool read(std::string_view key, double& out, double least, double most);
  bool read(std::string_view key, engine::duration& out, const length_range& range);

  template <std::integral T>
  bool read(std::string_view key, T& out, std::int64_t least, std::int64_t most,
            std::string_view whose = {}) {
    std::int64_t x = 0;
    if (!read_integer(key, x, least, most, whose))
      return false;
    out = static_cast<T>(x);
    return true;
  }

  template <class T>
  bool read(std::string_view key, T& out,
            std::initializer_list<std::pair<std::string_view, T>> choices) {
    std::string word;
    if (!read(key, word))
      return false;
    std::vector<std::string_view> words;
    for (const auto& [name, x] : choices) {
      if (name == word) {
        out = x;
        return true;
      }
      words.push_back(name);
    }
    report(position_of(key), std::string(key) + " is \"" + word + "\"; it must be "
                               + quoted_choice(words));
    return false;
  }

  /// A table under `key`; its reader is absent when the key is missing or wrong.
  table_reader table(std::string_view key);
  /// The tables of an array of tables; items of another kind are reported.
  std::vector<const node*> tables(std::string_view key);

  /// Reports that a key that must be given is not.
  void require(std::string_view key, std::string_view why = {});
  /// Reports a problem with the prefix in front.
  void report(position at, const std::string& text);
  /// Reports a value of the wrong kind.
  void report_kind(const node& x, std::string_view key, std::string_view wanted);
  /// Reports every key that nobody asked for. `more` are known keys besides;
  /// `elsewhere` are keys that are read by others, and may have been meant.
  void finish(const std::vector<std::string_view>& more = {},
              const std::vector<std::string_view>& elsewhere = {});

private:
  bool read_integer(std::string_view key, std::int64_t& out, std::int64_t least,
                    std::int64_t most, std::string_view whose);

  const node* table_;
  position at_;
  diagnostics* sink_;
  std::string prefix_;
  std::vector<std::string_view> known_;
};

/// The strings of an array, or nothing after reporting what is wrong with it.
[[nodiscard]] std::optional<std::vector<std::string>>
read_strings(const node& x, std::string_view key, table_reader& reader);

/// Reads a length of time out of one value; nothing after reporting it.
[[nodiscard]] std::optional<engine::duration> read_length(const node& x,
                                                          std::string_view key,
                                                          const length_range& range,
                                                          table_reader& reader);

} // namespace drydock::config
