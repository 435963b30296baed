// SPDX-License-Identifier: Apache-2.0
#include "frame.hpp"

#include "checksum.hpp"

namespace drydock::inline v1::journal {

namespace {

constexpr std::size_t checksum_size = 4;

bad_record damaged(const char* why) {
  return {std::string("the record is damaged: ") + why};
}

const char* name_of(record_kind kind) {
  return kind == record_kind::header ? "it is no header" : "it is no turn";
}

} // namespace

void begin_record(byte_writer& out, record_kind kind) {
  out.clear();
  out.byte(record_version);
  out.byte(static_cast<unsigned>(kind));
}

void end_record(byte_writer& out) {
  const auto sum = checksum(out.bytes());
  for (unsigned i = 0; i < checksum_size; ++i)
    out.byte(sum >> (8 * i) & 0xffU);
}

std::variant<std::string_view, bad_record> open_record(std::string_view bytes,
                                                       record_kind kind) {
  if (bytes.size() < 2 + checksum_size)
    return damaged(byte_reader::too_short);
  const auto body = bytes.substr(0, bytes.size() - checksum_size);
  std::uint32_t sum = 0;
  for (unsigned i = 0; i < checksum_size; ++i)
    sum |= std::uint32_t{static_cast<std::uint8_t>(bytes[body.size() + i])} << (8 * i);
  if (sum != checksum(body))
    return damaged("its checksum is not that of its bytes");
  const auto version = static_cast<std::uint8_t>(body[0]);
  if (version > record_version)
    return bad_record{"the record is of a later version of drydock: read it with that"};
  if (version < record_version)
    return damaged(byte_reader::unknown_value);
  if (static_cast<std::uint8_t>(body[1]) != static_cast<std::uint8_t>(kind))
    return damaged(name_of(kind));
  return body.substr(2);
}

std::optional<bad_record> problem_of(const byte_reader& in) {
  if (!in.ok())
    return damaged(in.problem());
  if (in.left() > 0)
    return damaged("bytes are left over at its end");
  return std::nullopt;
}

} // namespace drydock::inline v1::journal
