// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace drydock::inline v1::journal {

/// CRC-32C (Castagnoli) of the bytes: it tells of every change of up to 32 bits in a
/// row. That of "123456789" is 0xe3069283.
[[nodiscard]] std::uint32_t checksum(std::string_view bytes);

} // namespace drydock::inline v1::journal
