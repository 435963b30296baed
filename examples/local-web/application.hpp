// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http_request.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace local_web {

using clock = std::chrono::steady_clock;

struct application_options {
  std::string version;
  std::chrono::milliseconds boot{300};
  /// Answers Unhealthy once it has booted.
  bool broken = false;
  /// Custom metrics; told only where one of the two is given.
  std::optional<long> phase;
  bool skip_upgrade = false;
};

struct http_response {
  int status = 200;
  std::string content_type = "text/plain";
  std::string body;
  bool close = false;
  /// How long the work takes before the answer is sent.
  std::chrono::milliseconds delay{0};
};

/// What one instance answers. Knows no socket; not thread safe.
class application {
public:
  application(application_options options, clock::time_point started);

  /// `running` is the number of other requests that are being worked on.
  [[nodiscard]] http_response answer(const http_request& request, std::size_t running,
                                     clock::time_point now);

  [[nodiscard]] bool draining() const { return draining_; }

private:
  [[nodiscard]] bool booting(clock::time_point now) const;
  [[nodiscard]] http_response health(clock::time_point now) const;
  [[nodiscard]] http_response work(clock::time_point now,
                                   std::chrono::milliseconds delay) const;

  application_options options_;
  clock::time_point started_;
  bool draining_ = false;
};

} // namespace local_web
