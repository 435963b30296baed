// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/fleet.hpp"
#include "drydock/engine/rollout.hpp"
#include "drydock/engine/value.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// The records of an upgrade's journal as bytes. Pure: no file, no clock.
namespace drydock::inline v1::journal {

/// Why bytes are no record: a sentence for people.
struct bad_record {
  std::string text;
};

/// What an upgrade was begun with: all that its decisions depend on, and the models.
struct header {
  std::string scale_set;
  std::string upgrade_id;
  /// When it began, in microseconds since 1970 UTC.
  std::int64_t started_us = 0;
  /// `config::fleet_file::fingerprint` at the start.
  std::uint64_t fingerprint = 0;
  /// Seed of the driver and of jitter.
  std::uint64_t seed = 0;
  engine::rollout_options rollout;
  engine::value previous_model;
  engine::value latest_model;
  /// Identities, zones, update domains, protection and who ran the latest model;
  /// addresses, ports and vars are left out.
  std::shared_ptr<const engine::fleet> instances;
};

/// The bytes of a header; version, length and checksum included. A million generated
/// instances take some 5 MB.
[[nodiscard]] std::string write_header(const header& x);
[[nodiscard]] std::variant<header, bad_record> read_header(std::string_view bytes);

/// One turn of the coordinator, as it was written.
struct turn {
  engine::instant at{};
  /// Microseconds since 1970 UTC.
  std::int64_t wall_us = 0;
  std::vector<engine::rollout_input> inputs;
  /// All commands but `publish`.
  std::vector<engine::rollout_command> effects;
  /// How many events were told, and a digest of their bytes.
  std::uint32_t told = 0;
  std::uint64_t told_digest = 0;
};

/// Makes the record of one turn after the other; keeps its memory between them.
class turn_writer {
public:
  void begin(engine::instant at, std::int64_t wall_us,
             std::span<const engine::rollout_input> inputs);
  void told(const engine::upgrade_event& event);
  /// The record of the turn; valid until the next `begin`.
  [[nodiscard]] std::string_view
  finish(std::span<const engine::rollout_command> effects);

private:
  std::string bytes_;
  std::string scratch_;
  std::uint32_t told_ = 0;
  std::uint64_t digest_ = 0;
};

/// Reads what a `turn_writer` made; anything else gives a `bad_record`, never more.
[[nodiscard]] std::variant<turn, bad_record> read_turn(std::string_view bytes);

} // namespace drydock::inline v1::journal
