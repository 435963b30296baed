// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/fleet.hpp"
#include "drydock/engine/rollout.hpp"
#include "drydock/engine/value.hpp"
#include "drydock/journal/bytes.hpp"
#include "drydock/journal/told_digest.hpp"

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

/// The bytes of a header; version and checksum included. A million generated instances
/// take some 3 MB. Models nest up to 1 000 deep; deeper ones could not be read.
[[nodiscard]] std::string write_header(const header& x);
/// The header that has these bytes, with a fleet of its own; anything else gives a
/// `bad_record`. Costs memory in proportion to the bytes.
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

/// Makes the record of one turn after the other; keeps its memory between them. A
/// change of one instance's health takes 3 bytes where the one before it was of an
/// instance of the same thousands. Not thread safe.
class turn_writer {
public:
  /// Begins a record with what happened.
  void begin(engine::instant at, std::int64_t wall_us,
             std::span<const engine::rollout_input> inputs);
  /// Goes into the count and the digest; its bytes are not kept.
  void told(const engine::upgrade_event& event);
  /// The record of the turn; valid until the next `begin`. A `publish` among the
  /// effects is left out: what is told goes to `told`.
  [[nodiscard]] std::string_view
  finish(std::span<const engine::rollout_command> effects);

private:
  byte_writer bytes_;
  told_digest digest_;
  engine::instant at_{};
};

/// Reads what a `turn_writer` made; anything else gives a `bad_record`, never more.
/// Equal turns have equal bytes: what is read and written again is the same. Costs
/// memory in proportion to the bytes.
[[nodiscard]] std::variant<turn, bad_record> read_turn(std::string_view bytes);

} // namespace drydock::inline v1::journal
