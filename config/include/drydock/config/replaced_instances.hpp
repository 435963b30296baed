// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/config/given_numbers.hpp"
#include "drydock/engine/fleet.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

namespace drydock::config {

/// An instance that is not as the fleet file says, as upgrades have replaced, made or
/// deleted it.
struct replaced_instance {
  /// Who is there now: its id, address, port and vars; the rest is the fleet file's.
  engine::instance_spec now;
  /// Who was there before the last replacement, for an upgrade that was cut short while
  /// it deleted that one.
  engine::instance_spec before;
  /// It is there, whether or not the file lists it: a change of capacity has made it,
  /// or has deleted others, so that the file may list fewer. If the file does not, all
  /// that is known of it is in `now`.
  bool extra = false;
  /// It is not there, whether or not the file lists it: a change of capacity has
  /// deleted it. Its names are not given again.
  bool deleted = false;
  /// Grows with the moment at which it was made; 0: it is as old as its place in the
  /// file says.
  std::uint64_t born = 0;
};

/// By the id that the fleet file says.
using replaced_instances = std::map<std::string, replaced_instance, std::less<>>;

/// All that `FILE.instances.json` keeps.
struct kept_instances {
  replaced_instances replaced;
  given_numbers given;
  /// What `create` told of those that are about to take over, by id: for an upgrade
  /// that is cut short at that moment.
  std::map<std::string, engine::instance_spec, std::less<>> made;
  /// Where it was read.
  std::string path = {};
};

/// Under which name each one is kept, by the id of who is there now.
[[nodiscard]] std::unordered_map<std::string, std::string>
names_by_id(const replaced_instances& all);

/// Where they are kept: `FILE.instances.json`, or, of the scale set `set` of a file
/// that has several, `FILE.SET.instances.json`; as in `state_path`.
[[nodiscard]] std::filesystem::path replaced_path(const std::filesystem::path& file,
                                                  std::string_view set = {});

/// What was replaced of the fleet file `file`; nothing is no error. Else why it cannot
/// be read, as a sentence for people.
[[nodiscard]] std::variant<kept_instances, std::string>
read_replaced(const std::filesystem::path& file, std::string_view set = {});

/// What the file is to hold.
[[nodiscard]] std::string to_json_text(const kept_instances& all);

} // namespace drydock::config
