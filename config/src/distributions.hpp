// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/driver_spec.hpp"
#include "table_reader.hpp"

#include <optional>
#include <string_view>

namespace drydock::config {

/// Reads the distribution under `key` in any of its forms: a string, or a table
/// with one of `normal`, `uniform`, `lognormal`, `exponential` and `quantiles`.
/// Returns whether the key is there and right; else `out` stays as it is.
bool read_distribution(table_reader& reader, std::string_view key,
                       engine::duration_distribution& out);

/// The same for a distribution that need not be there.
bool read_distribution(table_reader& reader, std::string_view key,
                       std::optional<engine::duration_distribution>& out);

} // namespace drydock::config
