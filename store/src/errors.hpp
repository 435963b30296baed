// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/store/store.hpp"

namespace drydock::inline v1::store {

// What goes wrong in the same way in every store.

[[nodiscard]] store_error no_such_upgrade(std::string_view id);
[[nodiscard]] store_error lease_lost(std::string_view scale_set);
[[nodiscard]] store_error upgrade_exists(std::string_view id);
[[nodiscard]] store_error wrong_number(std::string_view id, std::uint64_t number,
                                       std::uint64_t last);
/// `number` is not there, and a later one is.
[[nodiscard]] store_error record_missing(std::string_view id, std::uint64_t number);
/// The tables have version `found`, and this program knows no more than `known`.
[[nodiscard]] store_error later_version(std::string_view where, std::uint64_t found,
                                        std::uint64_t known);

} // namespace drydock::inline v1::store
