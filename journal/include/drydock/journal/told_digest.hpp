// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/events.hpp"
#include "drydock/journal/bytes.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace drydock::inline v1::journal {

/// Counts the events of a turn, and makes one number of all that they say, in order.
/// Two turns that tell the same have the same digest, on every machine; two that do
/// not have different ones, but for chances of 1 in 2⁶⁴. Holds 16 KiB, however much
/// is told.
class told_digest : private value_writer<told_digest> {
public:
  /// Begins anew.
  void clear();
  void add(const engine::upgrade_event& event);
  /// Events since `clear`.
  [[nodiscard]] std::uint32_t count() const { return count_; }
  /// 0 where nothing was told.
  [[nodiscard]] std::uint64_t value() const;

private:
  friend class value_writer<told_digest>;
  friend struct event_putter;

  static constexpr std::size_t scratch_size = 16 * 1024;

  [[nodiscard]] char* room(std::size_t n) {
    if (scratch_.size() - used_ < n)
      fold();
    return scratch_.data() + used_;
  }
  void took(std::size_t n) { used_ += n; }
  void raw(std::string_view x);
  void fold();

  std::string scratch_;
  std::size_t used_ = 0;
  std::uint64_t folded_ = 0; // bytes
  std::uint64_t state_ = 0;
  std::uint32_t count_ = 0;
};

} // namespace drydock::inline v1::journal
