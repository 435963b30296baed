// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/config/fleet_file.hpp"
#include "drydock/engine/plan.hpp"
#include "drydock/engine/report.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <string>

namespace drydock::cli {

using json = nlohmann::ordered_json;
using wall_time = std::chrono::sys_time<engine::duration>;

/// `2026-01-01T00:00:00.000Z`, to the millisecond.
[[nodiscard]] std::string to_iso_time(wall_time t);

/// As text, on one line or indented; what is no UTF-8 is replaced.
[[nodiscard]] std::string to_text(const json& x, int indent = -1);

/// Seconds, to the microsecond.
[[nodiscard]] double rounded_seconds(engine::duration d);

/// Azure's apply classes as `action` names: `reimage`, `in_place`.
[[nodiscard]] json progress_json(const engine::upgrade_progress& p);

/// An upgrade's error; null when there is none.
[[nodiscard]] json error_json(const engine::upgrade_error& e,
                              const std::string& scale_set,
                              const engine::fleet& instances);

/// What a summary needs besides the report.
struct summary_facts {
  std::string upgrade_id;
  wall_time start{};
  std::uint32_t max_unavailable = 0;
};

/// The object that `run --json` prints.
[[nodiscard]] json summary_json(const config::fleet_file& file,
                                const engine::upgrade_report& report,
                                const summary_facts& facts);

/// The object that `plan --json` prints.
[[nodiscard]] json plan_json(const config::fleet_file& file,
                             const engine::upgrade_plan& plan);

/// `phase`, `zone` and `updateDomain`, null where there is none.
void put_place(json& to, const engine::batch_place& place,
               const engine::fleet& instances);

/// The identities of instances, in the order given.
[[nodiscard]] json ids_json(std::span<const engine::instance_index> list,
                            const engine::fleet& instances);

} // namespace drydock::cli
