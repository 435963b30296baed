// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "postgresql_connection.hpp"

#include <span>

namespace drydock::inline v1::store {

/// Makes tables of version N + 1 of those of version N; N is its place in the list.
/// It runs inside a transaction that others end.
using postgresql_step = failure (*)(postgresql_connection&);

/// All there are: where there is no schema `drydock` the version is 0, and today's
/// tables have as many as there are steps.
[[nodiscard]] std::span<const postgresql_step> postgresql_steps();

/// Brings the schema `drydock` to the version after the last of `steps`, in one
/// transaction, one process at a time. One of a later version is `newer`, and is not
/// touched.
[[nodiscard]] failure migrate(postgresql_connection& connection,
                              std::span<const postgresql_step> steps);

} // namespace drydock::inline v1::store
