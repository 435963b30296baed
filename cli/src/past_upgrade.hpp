// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/actors/upgrade_run.hpp"
#include "drydock/config/fleet_file.hpp"
#include "drydock/engine/explainer.hpp"
#include "drydock/engine/report.hpp"
#include "drydock/journal/record.hpp"
#include "drydock/store/store.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace drydock::cli {

/// Why something did not work out, for people.
using complaint = std::string;

/// A store that a command line names.
struct named_store {
  std::unique_ptr<store::upgrade_store> store;
  /// As in messages and hints.
  std::string name;
  /// Of the fleet file that was named; empty: no such file was.
  std::string scale_set;
  /// All of that file.
  std::vector<std::string> scale_sets;
  /// Its processes are those of this machine.
  bool is_local = false;
  /// Whether that file has `[[set]]`.
  bool several = false;
};

/// Opens the store that `where` names (`scale_set`: of several in a fleet file): a
/// fleet file, the file of a SQLite store, a `postgresql://…` address, or nothing: the
/// only store in the current folder.
[[nodiscard]] std::variant<named_store, complaint>
open_named_store(const std::optional<std::string>& where,
                 const std::string& scale_set = {});

/// An upgrade as its journal tells it.
struct past_upgrade {
  store::upgrade_entry entry;
  journal::header header;
  /// As it stood after the last record.
  engine::upgrade_report report;
  std::uint32_t max_unavailable = 0;
  /// At its end, or as it stands.
  std::uint32_t unavailable = 0;
  std::uint32_t resumed = 0;
  /// What it waits for, if anything; the start of that, since the upgrade's.
  std::optional<engine::told::waiting> waits;
  engine::duration waits_since{0};
  /// The hook around it that runs, if one does.
  std::optional<engine::told::hook_started> hook;
  /// Members under work.
  std::vector<engine::instance_index> in_hand;
  /// Those that were told of their deletion, and when it begins at the latest, since
  /// the start.
  std::map<engine::instance_index, engine::duration> notices;
  /// What explains it; instant 0 is its start.
  std::optional<engine::explainer> account;
  /// When the last record was written: since the start, and by the clock.
  engine::duration last{0};
  std::int64_t last_wall_us = 0;
  bool virtual_clock = false;
};

/// Why it stands where it stands now. `run`: some process runs it.
[[nodiscard]] engine::explanation explain_now(const past_upgrade& x, bool run);

/// Reads an upgrade back; `listener`, where there is one, hears everything it told.
[[nodiscard]] std::variant<past_upgrade, complaint>
read_upgrade(store::upgrade_store& from, const store::upgrade_entry& entry,
             actors::upgrade_listener* listener);

/// The upgrade whose id begins with `id`; a complaint where none or several do.
[[nodiscard]] std::variant<store::upgrade_entry, complaint>
find_upgrade(store::upgrade_store& in, const std::string& id);

/// The newest upgrade of a scale set, or of all where that is empty; one that is not
/// over comes before others. Nothing: there is none.
[[nodiscard]] std::variant<std::optional<store::upgrade_entry>, complaint>
newest_upgrade(store::upgrade_store& in, const std::string& scale_set);

/// Whether the process that took a lease holds it still. `local`: of a store that the
/// processes of one machine share.
[[nodiscard]] bool is_held(const store::lease& x, bool local);

/// An upgrade, and the store that keeps it.
struct kept_upgrade {
  named_store in;
  past_upgrade past;
};

/// Opens the store that `where` names, finds the upgrade whose id begins with `id`
/// there, and reads it back.
[[nodiscard]] std::variant<kept_upgrade, complaint>
open_upgrade(const std::optional<std::string>& where, const std::string& id);

/// Prints it to standard error and returns `exit_refused`.
int complain(const complaint& text);

/// What summaries need of a fleet file, made of a journal's header.
[[nodiscard]] config::fleet_file file_of(const journal::header& x);

} // namespace drydock::cli
