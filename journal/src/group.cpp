// SPDX-License-Identifier: Apache-2.0
#include "drydock/journal/group.hpp"

#include "drydock/journal/bytes.hpp"

namespace drydock::inline v1::journal {

namespace {

constexpr std::size_t length_max = 10;

} // namespace

void append_to_group(std::string& group, std::string_view record) {
  byte_writer length;
  length.number(record.size());
  group.append(length.bytes());
  group.append(record);
}

bool group_reader::next(std::string_view& record) {
  if (rest_.empty() || damaged_)
    return false;
  std::uint64_t size = 0;
  std::size_t used = 0;
  for (auto more = true; more; ++used) {
    if (used == rest_.size() || used == length_max) {
      damaged_ = true;
      return false;
    }
    const auto byte = static_cast<unsigned char>(rest_[used]);
    size |= std::uint64_t{byte & 0x7fU} << (7 * used);
    more = (byte & 0x80U) != 0;
  }
  rest_.remove_prefix(used);
  damaged_ = size > rest_.size();
  if (damaged_)
    return false;
  record = rest_.substr(0, static_cast<std::size_t>(size));
  rest_.remove_prefix(static_cast<std::size_t>(size));
  return true;
}

} // namespace drydock::inline v1::journal
