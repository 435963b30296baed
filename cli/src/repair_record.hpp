// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json_output.hpp"

#include "drydock/actors/upgrade_run.hpp"
#include "drydock/config/fleet_file.hpp"
#include "drydock/engine/repairs.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <variant>

/// What is kept of automatic repairs beside a fleet file (`FILE.repairs.json`), so that
/// grace periods and a suspension outlive the watch.
namespace drydock::cli {

struct repair_record {
  bool suspended = false;
  /// Who asked for the state; empty: nobody did.
  std::string by;
  std::uint32_t failed_in_a_row = 0;
  std::uint32_t succeeded = 0, failed = 0;
  /// When it became what it is; nothing: it was never another.
  std::optional<wall_time> state_since;
  /// Since when changes of instances are known; nothing: they are not.
  std::optional<wall_time> since;
  /// When instances were changed last; those that are absent, before `since`.
  std::map<std::string, wall_time, std::less<>> changes;
};

/// The record of a fleet file; that there is none is no error. Else why it cannot be
/// read, as a sentence for people.
[[nodiscard]] std::variant<repair_record, std::string>
read_repair_record(const std::filesystem::path& file);

/// Puts it in place of the one before; says why it did not work out.
[[nodiscard]] std::optional<std::string>
write_repair_record(const std::filesystem::path& file, const repair_record& x);

/// As people and programs are shown it: Azure's `orchestrationServices` entry, and
/// more.
[[nodiscard]] json repairs_json(const config::fleet_file& file, const repair_record& x);

/// A word for whoever watches the file: no more repairs, or again.
struct repair_word {
  bool suspend = false;
  std::string by;
};

/// Leaves the word where the watch finds it; says why it did not work out.
[[nodiscard]] std::optional<std::string>
leave_repair_word(const std::filesystem::path& file, const repair_word& x);

/// Takes it, if there is one; it is gone then.
[[nodiscard]] std::optional<repair_word>
take_repair_word(const std::filesystem::path& file);

/// The word as it changes the record.
void apply_word(repair_record& to, const repair_word& x, wall_time now);

/// Keeps the record of a watch up to date from run to run. One run at a time; words may
/// come from another thread than events.
class repair_keeper : public actors::upgrade_listener {
public:
  /// `file` is the fleet file; where it is a link, whoever it leads to now.
  explicit repair_keeper(const std::filesystem::path& file);

  /// Reads what is there; says why it cannot be read. `kept`: from and to the file;
  /// else in memory alone.
  [[nodiscard]] std::optional<std::string> read(wall_time now, bool kept);

  /// A run of these instances begins at `start`; its events are the next ones.
  /// Those of before `heard_from` are told again, and known.
  void begin_run(std::shared_ptr<const engine::fleet> instances, wall_time start,
                 wall_time heard_from = {});
  void on_event(const engine::upgrade_event& event,
                engine::duration since_start) override;
  void on_pause(const engine::upgrade_progress& progress) override;

  /// How repairs stand when a run of these instances begins now; nothing: the file has
  /// none.
  [[nodiscard]] std::optional<engine::repair_options>
  options(const config::fleet_file& file, const engine::fleet& instances,
          wall_time now);

  void take(const repair_word& x, wall_time now);
  /// Instances that are new count as changed now.
  void note_arrivals(const engine::fleet& before, const engine::fleet& after,
                     wall_time now);

  [[nodiscard]] repair_record record();
  /// Whether a repair has put another instance in the place of one since `begin_run`.
  [[nodiscard]] bool has_replaced();

private:
  [[nodiscard]] bool is_news(engine::duration since_start) const;
  void changed(engine::instance_index i, engine::duration since_start);
  void keep();

  std::mutex mutex_;
  std::filesystem::path file_;
  bool kept_ = false;
  bool dirty_ = false, urgent_ = false, complained_ = false, replaced_ = false;
  std::chrono::steady_clock::time_point kept_at_{};
  repair_record record_;
  std::shared_ptr<const engine::fleet> instances_;
  wall_time start_{}, heard_from_{};
  std::set<engine::instance_index> replacing_; // whose replacement is being made
};

} // namespace drydock::cli
