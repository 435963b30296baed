// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "machine_fixture.hpp"

#include "drydock/engine/explainer.hpp"

#include <string>

namespace drydock::inline v1::engine::testing {

/// A rollout that is driven by hand, and an explainer that hears all of it; another one
/// hears the events alone, as whoever reads an events file does.
class explained_rollout : public driven_rollout {
public:
  explained_rollout(const rollout_options& options, const fleet_shape& shape);

  [[nodiscard]] explanation why() const { return full_.explain(now()); }
  [[nodiscard]] explanation why_by_events() const { return events_.explain(now()); }

  /// `waiting unavailable_instances [8 9] until 1800s: mend_instances raise_limit`, and
  /// the same of further obstacles; both explainers must agree on it.
  [[nodiscard]] std::string obstacles() const;

  /// `pending allowance`; of a member also its batch, what bounds it and its step.
  [[nodiscard]] std::string instance(instance_index i) const;

  [[nodiscard]] const explainer& full() const { return full_; }

private:
  explainer full_, events_;
};

} // namespace drydock::inline v1::engine::testing
