// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <caf/meta/type_name.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace drydock::inline v1::protocol {

/// What the upgrade may have of a budget that several share.
struct budget_news {
  std::uint32_t request = 0;
  std::uint32_t share = 0;
  std::uint32_t ceiling = 0;
  /// Who holds how much, position by position.
  std::vector<std::string> holders;
  std::vector<std::uint32_t> counts;
};

template <class Inspector>
auto inspect(Inspector& f, budget_news& x) {
  return f(caf::meta::type_name("budget_news"), x.request, x.share, x.ceiling,
           x.holders, x.counts);
}

} // namespace drydock::inline v1::protocol
