// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "codec.hpp"

#include "drydock/journal/record.hpp"

namespace drydock::inline v1::journal {

/// What came to be in headers after their version was settled: each behind a number of
/// its own, ascending, at the end, and only where it is not as it was before.
///@{
[[nodiscard]] bool has_additions(const header& x);
void put_additions(byte_writer& out, const header& x);
void get_additions(byte_reader& in, header& x);
///@}

} // namespace drydock::inline v1::journal
