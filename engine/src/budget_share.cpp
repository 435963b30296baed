// SPDX-License-Identifier: Apache-2.0
#include "drydock/engine/budget_share.hpp"

#include <algorithm>
#include <utility>

namespace drydock::inline v1::engine {

bool budget_share::take(const input::budget_given& e) {
  // What was given before the last word was heard is not there any more.
  if (!told_ || e.request != asked_.request)
    return false;
  answered_ = true;
  text_ = describe_budget(e.ceiling, e.holders);
  if (e.share != share_) {
    share_ = asked_.kept = e.share;
    given_ = true;
  }
  return true;
}

void budget_share::cut(std::uint32_t unavailable) {
  if (!given_ && !keeps_)
    share_ = std::min(share_, unavailable);
}

std::optional<command::ask_budget> budget_share::say(std::uint32_t unavailable,
                                                     std::uint32_t wanted, bool keeps) {
  // What was given and is of no use now is not asked for again at once.
  if (std::exchange(given_, false) && !keeps && share_ > unavailable)
    wanted = unavailable;
  keeps_ = keeps;
  cut(unavailable);
  if (told_ && asked_.unavailable == unavailable && asked_.kept == share_
      && asked_.wanted == wanted)
    return std::nullopt;
  told_ = true;
  answered_ = false;
  asked_ = {asked_.request + 1, unavailable, share_, wanted};
  return asked_;
}

void budget_share::forget() {
  share_ = 0;
  told_ = answered_ = given_ = keeps_ = false;
}

} // namespace drydock::inline v1::engine
