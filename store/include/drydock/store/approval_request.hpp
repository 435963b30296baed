// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/protocol/attendant.hpp"
#include "drydock/store/store.hpp"

#include <cstdint>
#include <optional>

namespace drydock::inline v1::store {

/// An approval as a request to whoever runs the upgrade, asked at `asked_us`
/// (`request::asked_us`). Requests are read again after a resume, so that each names
/// the question it answers.
[[nodiscard]] request to_request(const protocol::approval& word, std::int64_t asked_us);
/// The approval that a request is; nothing: it is another request.
[[nodiscard]] std::optional<protocol::approval> to_approval(const request& x);

} // namespace drydock::inline v1::store
