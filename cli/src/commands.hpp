// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "signals.hpp"

#include "drydock/config/fleet_file.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace drydock::cli {

/// What the shell sees; docs/interface.md says when.
enum exit_status : int {
  exit_done = 0,
  exit_died = 1,
  exit_refused = 2,
  exit_some_failed = 3,
  exit_faulted = 4,
  exit_cancelled = 5,
};

struct run_options {
  std::filesystem::path file;
  /// Of several in the file; empty: all.
  std::string scale_set;
  /// `a,b` or `*`; nothing: not given.
  std::optional<std::string> instances;
  bool json = false;
  /// A file, or `-` for standard output; empty: none.
  std::string events;
  bool quiet = false;
  bool keep = false;
  std::optional<std::uint64_t> seed;
  /// Rehearse so many runs before anything is touched …
  std::optional<std::uint32_t> rehearse_first;
  /// … and refuse when more than this share of them faults.
  double max_fault_probability = 0.05;
  /// Go on with an upgrade that was cut short, and do nothing else.
  bool resume = false;
  /// Virtual clock: cancel the upgrade when it takes longer.
  std::optional<engine::duration> time_limit;
};

struct plan_options {
  std::filesystem::path file;
  /// Of several in the file; empty: all.
  std::string scale_set;
  std::optional<std::string> instances;
  bool json = false;
  bool probe = false;
};

/// One `--vary KEY=VALUE,VALUE…`.
struct varied_key {
  std::string key;
  std::vector<std::string> values;
};

struct rehearse_options {
  std::filesystem::path file;
  /// Of several in the file; empty: the only one.
  std::string scale_set;
  std::optional<std::string> instances;
  std::optional<std::uint32_t> runs;
  std::optional<std::uint64_t> seed;
  /// Threads; 0: one a core.
  unsigned jobs = 0;
  bool json = false;
  bool quiet = false;
  /// Empty: no page.
  std::filesystem::path html;
  /// 0: off.
  double until_precision = 0.0;
  std::vector<varied_key> vary;
  std::vector<std::filesystem::path> compare;
  /// Replay this run alone.
  std::optional<std::uint32_t> run;
  std::string events;
};

/// Of the commands that look at what was written down.
struct store_options {
  /// A fleet file, a store's file or a postgresql:// address; nothing: the only store
  /// in the current folder.
  std::optional<std::string> where;
  /// Of several in the fleet file; empty: all, or the only one.
  std::string scale_set;
  /// Of an upgrade, or how it begins.
  std::string id;
  bool json = false;
  /// End what is in flight too.
  bool now = false;
  /// Give up an upgrade that nobody runs, as it stands.
  bool abandon = false;
  /// Of an approval: it is none.
  bool reject = false;
  /// Why, for people.
  std::string message;
  /// The question that is answered; 0: whichever is asked.
  std::uint32_t question = 0;
  /// Of a history: of image upgrades alone.
  bool os_upgrades = false;
  /// A fleet file whose policy is to be tried on what happened.
  std::optional<std::filesystem::path> policy;
};

/// Of `repairs`.
struct repairs_options {
  std::filesystem::path file;
  bool json = false;
  /// Begin no more, or begin them again; neither: tell how they stand.
  bool suspend = false;
  bool resume = false;
};

/// Of `watch`.
struct watch_options {
  std::filesystem::path file;
  /// Put over the file each time it is read.
  std::vector<config::setting> settings;
  bool json = false;
  bool quiet = false;
  /// As in `run_options`; a file is appended to.
  std::string events;
  /// Stop after that long, on the clock of the fleet; nothing: not by itself.
  std::optional<engine::duration> time_limit;
};

/// Of `explain`.
struct explain_options {
  /// As in `store_options`.
  std::optional<std::string> where;
  /// Of several in the fleet file, or in the events; empty: the only one.
  std::string scale_set;
  /// Of an upgrade, or how it begins; nothing: the newest.
  std::optional<std::string> id;
  /// An events file instead.
  std::optional<std::filesystem::path> events;
  /// Explain this one alone.
  std::optional<std::string> instance;
  bool json = false;
};

[[nodiscard]] int init_command(const std::filesystem::path& folder);
[[nodiscard]] int validate_command(const std::filesystem::path& file,
                                   signal_watch& signals);
[[nodiscard]] int plan_command(const plan_options& options, signal_watch& signals);
[[nodiscard]] int run_command(const run_options& options, signal_watch& signals);
/// How automatic repairs stand, or are to.
[[nodiscard]] int repairs_command(const repairs_options& options,
                                  signal_watch& signals);
/// Keeps a fleet as its file asks until it is stopped.
[[nodiscard]] int watch_command(const watch_options& options, signal_watch& signals);
[[nodiscard]] int rehearse_command(const rehearse_options& options,
                                   signal_watch& signals);
/// How the upgrade of a fleet file stands; `where` is that file.
[[nodiscard]] int status_command(const store_options& options, signal_watch& signals);
/// Asks whoever runs it to cancel it.
[[nodiscard]] int cancel_command(const store_options& options, signal_watch& signals);
/// Answers what it asks at a checkpoint or a failed hook.
[[nodiscard]] int approve_command(const store_options& options, signal_watch& signals);
/// The upgrades that a store keeps.
[[nodiscard]] int history_command(const store_options& options);
/// What one of them did.
[[nodiscard]] int show_command(const store_options& options);
/// Why an upgrade stands where it stands.
[[nodiscard]] int explain_command(const explain_options& options);
/// Decides it again from its journal, and compares.
[[nodiscard]] int replay_command(const store_options& options, signal_watch& signals);
/// `files`: what `run --events` wrote; `-` is standard input. `scale_set`: of several
/// in them.
[[nodiscard]] int learn_command(const std::vector<std::string>& files,
                                const std::string& scale_set);

/// The scale sets of a fleet file.
struct fleet_sets {
  std::filesystem::path path;
  /// In the order of the file; one at least.
  std::vector<std::shared_ptr<config::fleet_file>> files;
  /// For each the positions of those that it comes after.
  std::vector<std::vector<std::size_t>> after;
  /// How many instances of all of them may be unavailable; 0: no such limit.
  std::uint32_t budget = 0;
  /// Whether the file has `[[set]]`.
  bool several = false;

  /// Says that one of them has to be named.
  [[nodiscard]] std::string refusal() const;
};

/// Reads a fleet file; on problems prints them all to standard error and returns
/// nothing. `only`, unless empty: this scale set alone. `settings` are put over the
/// file. A signal ends an inventory command, and with it the reading.
[[nodiscard]] std::optional<fleet_sets>
load_sets_or_complain(const std::filesystem::path& file, signal_watch& signals,
                      const std::string& only,
                      std::span<const config::setting> settings = {});

/// The same where one scale set is wanted: a file with several is refused, unless
/// `only` names one of them.
[[nodiscard]] std::shared_ptr<config::fleet_file>
load_or_complain(const std::filesystem::path& file, signal_watch& signals,
                 std::span<const config::setting> settings = {},
                 const std::string& only = {});

/// The same for text that was read from it before.
[[nodiscard]] std::shared_ptr<config::fleet_file>
parse_or_complain(std::string_view text, const std::filesystem::path& file,
                  signal_watch& signals, std::span<const config::setting> settings);

/// Who `--instances` names.
struct instance_selection {
  bool all = false;
  std::vector<engine::instance_index> named; // sorted
};

/// `run_command` from the moment that the file is read and checked.
[[nodiscard]] int run_file(const run_options& options,
                           std::shared_ptr<config::fleet_file> file,
                           instance_selection selection, signal_watch& signals);

/// Prints `FILE: error: TEXT` to standard error and returns `exit_refused`.
int refuse(const std::filesystem::path& file, const std::string& text);

/// `status`, unless standard output did not take all that was written to it:
/// then says so and returns `exit_died`.
[[nodiscard]] exit_status deliver(exit_status status);

/// Reads the value of `--instances`; on a mistake prints it and returns nothing.
[[nodiscard]] std::optional<instance_selection>
select_instances(const config::fleet_file& file,
                 const std::optional<std::string>& text);

} // namespace drydock::cli
