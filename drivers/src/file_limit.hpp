// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace drydock::drivers {

/// Raises this process's limit of open files, if need be and as far as allowed,
/// so that `connections` fit beside everything else. Returns how many do fit.
[[nodiscard]] std::size_t allow_connections(std::size_t connections);

} // namespace drydock::drivers
