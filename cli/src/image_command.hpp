// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "commands.hpp"
#include "watch_record.hpp"

/// What other terminals see of image upgrades, and say to them.
namespace drydock::cli {

/// The record of a fleet file whose upgrade to a newer image waits for an approval;
/// nothing: none does.
[[nodiscard]] std::optional<watch_record>
find_pending_image(const std::filesystem::path& file);

/// For people, one line.
[[nodiscard]] std::string describe_pending(const watch_record& x,
                                           const std::filesystem::path& file);
/// `{"version", "since"}`; null where nothing waits.
[[nodiscard]] json pending_json(const std::optional<watch_record>& x);

/// Answers for the image that waits; returns the exit status.
[[nodiscard]] int answer_image(const store_options& options, const watch_record& x);

/// `history --os-upgrades`.
[[nodiscard]] int os_upgrade_history(const store_options& options);

} // namespace drydock::cli
