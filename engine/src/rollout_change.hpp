// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/rollout.hpp"

namespace drydock::inline v1::engine {

/// Whether a member failed by what it was upgraded to.
[[nodiscard]] bool blames_model(const input::member_settled& e);

/// The only way a record changes once counted: counts and candidates follow.
template <class Change>
void rollout::change(instance_index i, Change&& how) {
  auto& r = records_[i];
  count(r, static_cast<std::uint32_t>(-1));
  how(r);
  count(r, 1);
  if (opened_)
    pool_.update(i, candidate_of(r));
  if (options_.repairs)
    list_ill(i);
  looked_ = false;
}

} // namespace drydock::inline v1::engine
