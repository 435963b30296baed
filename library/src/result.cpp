// SPDX-License-Identifier: Apache-2.0
#include "drydock/result.hpp"

#include "drydock/log.hpp"

#include <cstdio>
#include <exception>

namespace drydock::inline v1 {

std::string_view to_string(error_code x) noexcept {
  switch (x) {
  case error_code::invalid_argument:
    return "invalid_argument";
  case error_code::change_refused:
    return "change_refused";
  case error_code::upgrade_in_progress:
    return "upgrade_in_progress";
  case error_code::already_exists:
    return "already_exists";
  case error_code::not_found:
    return "not_found";
  case error_code::engine_stopped:
    return "engine_stopped";
  case error_code::internal_error:
    return "internal_error";
  case error_code::store_unavailable:
    return "store_unavailable";
  case error_code::store_newer:
    return "store_newer";
  case error_code::lease_held:
    return "lease_held";
  case error_code::lease_lost:
    return "lease_lost";
  case error_code::unfinished_upgrade:
    return "unfinished_upgrade";
  case error_code::nothing_to_resume:
    return "nothing_to_resume";
  case error_code::resume_refused:
    return "resume_refused";
  }
  return "";
}

std::string_view to_string(log_level x) noexcept {
  switch (x) {
  case log_level::info:
    return "info";
  case log_level::warning:
    return "warning";
  case log_level::error:
    return "error";
  }
  return "";
}

namespace detail {

void bad_result_access(const error* what) noexcept {
  if (what != nullptr)
    std::fprintf(stderr, "drydock: a result without a value was used: %s\n",
                 what->message.c_str());
  else
    std::fprintf(stderr, "drydock: a result without an error was asked for one\n");
  std::terminate();
}

} // namespace detail

} // namespace drydock::inline v1
