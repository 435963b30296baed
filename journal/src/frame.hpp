// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/journal/bytes.hpp"
#include "drydock/journal/record.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace drydock::inline v1::journal {

/// What a record is of; its second byte.
enum class record_kind : std::uint8_t {
  header = 1,
  turn = 2,
};

/// The first byte of every record. What frames it (version, kind, …, checksum in four
/// bytes) is the same in all versions, so that damage is told from a later version.
inline constexpr std::uint8_t record_version = 2;

/// Begins a record.
void begin_record(byte_writer& out, record_kind kind);
/// Ends it with the checksum of all that was written.
void end_record(byte_writer& out);

/// The payload of a record of that kind, or why it is none.
[[nodiscard]] std::variant<std::string_view, bad_record>
open_record(std::string_view bytes, record_kind kind);

/// What is wrong once a payload was read, bytes that are left over included; nothing:
/// it was read to its end.
[[nodiscard]] std::optional<bad_record> problem_of(const byte_reader& in);

} // namespace drydock::inline v1::journal
