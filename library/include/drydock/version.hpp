// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Semantic version (semver.org) of these headers: the one place that says it, the
/// build and the packages read it from here.
#define DRYDOCK_VERSION_MAJOR 0
/// Rises with additions that break nothing.
#define DRYDOCK_VERSION_MINOR 1
/// Rises with corrections.
#define DRYDOCK_VERSION_PATCH 0

/// The version as one number that grows: major × 10000 + minor × 100 + patch.
#define DRYDOCK_VERSION                                                                \
  (DRYDOCK_VERSION_MAJOR * 10000 + DRYDOCK_VERSION_MINOR * 100 + DRYDOCK_VERSION_PATCH)

namespace drydock::inline v1 {

/// The version of the library that the program runs with, as `DRYDOCK_VERSION` counts;
/// it may be newer than that of the headers. From any thread.
[[nodiscard]] int version() noexcept;

/// The same as text: `0.1.0`. Lives as long as the program.
[[nodiscard]] const char* version_text() noexcept;

} // namespace drydock::inline v1
