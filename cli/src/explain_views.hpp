// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json_output.hpp"

#include "drydock/engine/explainer.hpp"

#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace drydock::cli {

/// An upgrade that is explained: who it is, and what its explainer heard.
struct explained_upgrade {
  const engine::explainer& account;
  std::shared_ptr<const engine::fleet> instances;
  /// Empty: not known.
  std::string scale_set, upgrade_id;
  /// As in the commands that are advised: a fleet file's path; empty: not known.
  std::string file;
  /// When the upgrade began; instant 0 of the account.
  wall_time start{};
  /// Whether that file has other scale sets, too.
  bool one_of_several = false;
};

/// Sentences for people: what is in the way, which limit, who, what frees it. One
/// paragraph, a sentence or two for each obstacle; once it is over, why it ended so.
[[nodiscard]] std::string explain_in_words(const explained_upgrade& x,
                                           const engine::explanation& why);

/// The first obstacle in one sentence; empty once it is over.
[[nodiscard]] std::string reason_in_words(const explained_upgrade& x,
                                          const engine::explanation& why);

/// What one remedy comes to; empty where there is nothing to be done.
[[nodiscard]] std::string remedy_in_words(engine::remedy what,
                                          const engine::obstacle& of,
                                          const explained_upgrade& x);

/// How many stand where, and why; a line a group, with the first few of each.
[[nodiscard]] std::string groups_in_words(const explained_upgrade& x,
                                          const engine::explanation& why);

/// Why one instance is where it is: a sentence or two.
[[nodiscard]] std::string instance_in_words(const explained_upgrade& x,
                                            const engine::explanation& why,
                                            engine::instance_index i);

/// What `drydock explain --json` prints, but for `instances`.
[[nodiscard]] json explanation_json(const explained_upgrade& x,
                                    const engine::explanation& why);

/// One of `instances`.
[[nodiscard]] json instance_json(const explained_upgrade& x,
                                 const engine::explanation& why,
                                 engine::instance_index i);

/// `4m 10s`, `2h 5m`, `45s`; never negative.
[[nodiscard]] std::string span_text(engine::duration d);

} // namespace drydock::cli
