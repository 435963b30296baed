// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/log.hpp"

#include <memory>
#include <string_view>
#include <utility>

namespace drydock::inline v1::detail {

/// The user's log, if there is one. Shared by all that has something to say.
class log_sink {
public:
  log_sink() = default;
  explicit log_sink(log_handler handler)
    : handler_(handler ? std::make_shared<const log_handler>(std::move(handler))
                       : nullptr) {}

  void operator()(log_level level, std::string_view text) const {
    if (handler_)
      (*handler_)(level, text);
  }

private:
  std::shared_ptr<const log_handler> handler_;
};

} // namespace drydock::inline v1::detail
