// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "commands.hpp"
#include "controller.hpp"
#include "keeping.hpp"
#include "repair_record.hpp"
#include "run_lock.hpp"
#include "run_session.hpp"
#include "simulated_places.hpp"
#include "watch_inbox.hpp"
#include "watch_record.hpp"
#include "watched_run.hpp"

#include "drydock/drivers/folder_watch.hpp"
#include "drydock/engine/keeper.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace drydock::cli {

/// One `drydock watch`, from its arguments to its exit status. What is to be done is
/// `engine::keeper`'s to say.
class watcher {
public:
  watcher(const watch_options& options, signal_watch& signals);
  ~watcher();

  watcher(const watcher&) = delete;
  watcher& operator=(const watcher&) = delete;

  int run();

private:
  using clock = std::chrono::steady_clock;
  using file_ptr = std::shared_ptr<config::fleet_file>;

  // watcher.cpp: the beginning and the end.
  std::optional<std::string> open();
  void watch_folders();
  int begin();
  int resume();
  engine::keeper::next_upgrade begin_anew();
  void note_image(watch_record& record) const;
  [[nodiscard]] bool anybody_lags(std::vector<std::string> images);
  [[nodiscard]] file_ptr look_at_instances(const std::string& image, bool complains);
  void take_up_images(const watch_record& record);
  void say_summary();
  /// For people who want to see progress.
  void note(const std::string& text) const;

  // watcher_file.cpp: the fleet file and what is beside it.
  [[nodiscard]] file_ptr read_anew();
  [[nodiscard]] file_ptr fresh();
  void look_at_folder();
  void look_at_file(bool asked);
  [[nodiscard]] bool may_be_taken(const config::fleet_file& next) const;
  void take_file(std::string text, file_ptr next, bool asked);
  void note_taken(bool changed) const;
  [[nodiscard]] std::string newest_or_complain(const config::fleet_file& file);
  void take_words();
  void take_repair_word();
  void take_image_word();
  void poll_image();
  void put_off(bool asked, engine::keeper::next_upgrade cause);
  [[nodiscard]] bool waits_with_approval() const;
  [[nodiscard]] bool lacks_image() const;
  void try_again();
  void note_pending();

  // watcher_runs.cpp: upgrades.
  int upgrade(engine::upgrade_cause cause);
  [[nodiscard]] file_ptr make_task(engine::upgrade_cause cause);
  [[nodiscard]] bool settle_image_of_task(config::fleet_file& file,
                                          engine::upgrade_cause cause);
  [[nodiscard]] bool admit(config::fleet_file& file) const;
  int run_task(file_ptr file, const run_options& how, watched_run& run);
  void note_own_images();
  void drop_common_images();
  void note_upgrade(const watched_run& run, const engine::fleet& instances);
  void note_end(const watched_run& run, const engine::fleet& instances) const;
  [[nodiscard]] run_options options_of_run() const;

  // watcher_keep.cpp: the time between them.
  void keep();
  void keep_in_real_time();
  void keep_in_virtual_time();
  [[nodiscard]] std::unique_ptr<keeping> make_keeping();
  void end_keeping();
  [[nodiscard]] watch_inbox::news wait_for_news(watch_inbox::deadline until);
  void handle(const watch_inbox::news& x);
  [[nodiscard]] bool polls() const;
  [[nodiscard]] bool is_time_over() const;
  [[nodiscard]] engine::duration since_start() const;
  [[nodiscard]] wall_time wall_now() const;
  [[nodiscard]] engine::duration next_moment() const;
  [[nodiscard]] engine::duration next_look() const;

  const watch_options& options_;
  signal_watch& signals_;
  watch_inbox inbox_;
  run_lock lock_;
  controller control_;
  engine::keeper keeper_;
  engine::keeper::next_upgrade next_;
  /// The file in force, as it is written, and its text; the last text that was wrong.
  file_ptr file_;
  std::filesystem::path real_; // where its state stands
  std::string text_, wrong_text_;
  bool virtual_ = false;
  bool over_ = false;
  bool died_ = false;
  bool renew_ = false; // what is kept has changed
  bool stale_ = false; // who is there has changed since the file was read
  bool asked_ = false; // for another try, while the last run that kept was to end
  bool image_complained_ = false;
  std::string stopped_by_;
  events_file events_;
  clock::time_point begun_;
  engine::duration now_{0};       // virtual clock: since the start
  engine::duration next_poll_{0}; // since the start
  /// What was to be done and could not, as nobody told the newest image.
  struct retry {
    engine::duration at{};              // since the start
    bool asked = false;                 // to look at the file, by SIGHUP
    engine::keeper::next_upgrade cause; // nothing: the file is to be looked at
  };
  std::optional<retry> retry_;
  std::string put_off_text_;   // of the file, while that is tried again
  std::string approved_image_; // what somebody let the next upgrade have
  std::uint32_t number_ = 0;
  std::shared_ptr<drivers::simulated_fleet> simulation_;
  simulated_places places_; // of its instances
  /// Who has the model of the last upgrade, by what was told.
  std::set<std::string> upgraded_;
  engine::value upgraded_to_;
  /// Those that have another image than the rest, by id.
  image_versions own_images_;
  json upgrades_ = json::array();
  repair_keeper repairs_;
  std::unique_ptr<actors::upgrade_listener> kept_memory_; // outlives what tells it
  std::unique_ptr<keeping> kept_;
  bool kept_over_ = false;
  std::unique_ptr<drivers::event_loop> loop_;
  /// The file's folder, and that of the file itself where it is a link.
  std::vector<std::unique_ptr<drivers::folder_watch>> folders_;
};

} // namespace drydock::cli
