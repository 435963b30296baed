// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sqlite_connection.hpp"

#include <span>

namespace drydock::inline v1::store {

/// Makes tables of version N + 1 of those of version N; N is its place in the list.
/// It runs inside a transaction that others end.
using sqlite_step = failure (*)(sqlite_connection&);

/// All there are: an empty file has version 0, and today's tables have as many as
/// there are steps.
[[nodiscard]] std::span<const sqlite_step> sqlite_steps();

/// Brings an open file to the version after the last of `steps`, in one transaction:
/// it ends with all of them, or as it was. Files of other programs are `damaged`, those
/// of later versions `newer`; neither is touched.
[[nodiscard]] failure migrate(sqlite_connection& connection,
                              std::span<const sqlite_step> steps);

} // namespace drydock::inline v1::store
