// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/rollout_words.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace drydock::inline v1::engine {

/// What an upgrade knows of its share of a budget that several scale sets have, and
/// what it has said of itself. Not thread safe.
class budget_share {
public:
  /// The most that may be unavailable by decision, where `own` is the own limit.
  [[nodiscard]] std::uint32_t bound(std::uint32_t own) const {
    return share_ < own ? share_ : own;
  }
  [[nodiscard]] bool covers(std::uint32_t unavailable) const {
    return unavailable <= share_;
  }
  /// Who holds how much, for people.
  [[nodiscard]] const std::string& text() const { return text_; }
  /// Whether it was given another share since the last word.
  [[nodiscard]] bool is_new() const { return given_; }

  /// Takes an answer; false: it is one to an earlier word, and means nothing any more.
  bool take(const input::budget_given& e);

  /// `unavailable` are so now: what is not used goes back, unless it was given just now
  /// or is to be kept.
  void cut(std::uint32_t unavailable);

  /// Whether an answer to what is wanted is still to come.
  [[nodiscard]] bool is_awaited(std::uint32_t unavailable, std::uint32_t wanted) const {
    return !answered_ || asked_.unavailable != unavailable || asked_.wanted != wanted;
  }

  /// What is to be said, if anything: the same is not said twice. `keeps`: the share is
  /// kept although it is not used yet.
  [[nodiscard]] std::optional<command::ask_budget>
  say(std::uint32_t unavailable, std::uint32_t wanted, bool keeps);

  /// The share was lost with the process that gave it, and is to be asked for again.
  void forget();

  /// How many more could go, if it were for the own limits alone.
  std::uint32_t more = 0;

private:
  std::uint32_t share_ = 0;
  command::ask_budget asked_; // as the other side knows it
  bool told_ = false, answered_ = false, given_ = false, keeps_ = false;
  std::string text_;
};

} // namespace drydock::inline v1::engine
