// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/result.hpp"
#include "drydock/store/store.hpp"
#include "drydock/store_options.hpp"

#include <memory>
#include <optional>

namespace drydock::inline v1::detail {

/// Opens what the options name; null where that is nothing.
[[nodiscard]] result<std::shared_ptr<store::upgrade_store>>
open_store(const store_options& options);

/// As callers see it; `about` says of what it comes, and may be empty.
[[nodiscard]] error to_error(store::store_error failed, const std::string& about = {});

} // namespace drydock::inline v1::detail
