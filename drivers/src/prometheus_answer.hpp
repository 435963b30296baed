// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace drydock::drivers {

/// Why a guard does not hold by an answer of Prometheus to an instant query; empty: it
/// holds. It does when there is at least one sample and every sample is a number other
/// than 0. No sample at all is no yes: a comparison without `bool` drops what it is not
/// true of, and a metric that nobody measures gives nothing either. A reason has at
/// most 1 KiB, whatever was answered.
[[nodiscard]] std::string judge_prometheus(long http_status, std::string_view body);

} // namespace drydock::drivers
