// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace drydock::config {

/// The commented fleet file that `drydock init` writes: drydock.example.toml,
/// byte for byte.
[[nodiscard]] std::string_view starter_text();

} // namespace drydock::config
