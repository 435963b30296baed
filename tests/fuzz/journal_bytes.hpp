// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "checksum.hpp"

#include <string>
#include <string_view>

namespace drydock::fuzz {

/// The same record with a checksum that fits: no fuzzer finds one.
[[nodiscard]] inline std::string sealed(std::string_view record) {
  std::string bytes(record.substr(0, record.size() < 4 ? 0 : record.size() - 4));
  const auto sum = journal::checksum(bytes);
  for (unsigned i = 0; i < 4; ++i)
    bytes += static_cast<char>(sum >> (8 * i));
  return bytes;
}

} // namespace drydock::fuzz
