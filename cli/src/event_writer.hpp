// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/actors/upgrade_run.hpp"
#include "event_json.hpp"
#include "text_output.hpp"

#include <span>
#include <string>

namespace drydock::cli {

/// Writes an upgrade's events as JSON Lines, one object a line.
class event_writer : public actors::upgrade_listener {
public:
  /// When events reach the file.
  enum class pace : std::uint8_t {
    /// What came of one turn goes out together, from a thread of the writer's own.
    turn,
    /// Each event is in the file before the next listener hears of it.
    event,
  };

  /// `descriptor` stays the caller's, and open until `finish`.
  event_writer(int descriptor, pace when, event_context context);

  void on_event(const engine::upgrade_event& event,
                engine::duration since_start) override;

  void on_pause(const engine::upgrade_progress&) override { out_.hand_over(); }

  /// Writes what is left. Returns the `errno` of the first write that failed, 0
  /// for none. Nothing may be told afterwards.
  int finish() { return out_.finish(); }

private:
  class line;
  class quick_events;

  /// A text with room to be copied whole.
  template <std::size_t N>
  struct short_text {
    char text[N] = {};
    std::size_t size = 0;

    void set(const std::string& x) { size = x.copy(text, N); }
  };

  void count();
  void set_time(engine::duration since_start);
  [[nodiscard]] std::string text_of(const engine::upgrade_event& event) const;
  void write_list(const engine::upgrade_event& without_ids,
                  std::span<const engine::instance_index> ids);

  event_context context_;
  pace pace_;
  /// Whether JSON shows all ids as they are, and none is long.
  bool plain_ids_;
  std::uint64_t seq_ = 0;
  /// How a line begins: up to its number, and from there to its event's name, which
  /// all lines of one instant share.
  short_text<32> number_;
  short_text<128> middle_;
  engine::duration at_ = engine::duration::min();
  std::chrono::sys_time<std::chrono::milliseconds> time_{
    std::chrono::milliseconds::min()};
  std::string time_text_;
  text_output out_;
};

} // namespace drydock::cli
