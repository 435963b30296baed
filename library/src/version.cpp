// SPDX-License-Identifier: Apache-2.0
#include "drydock/version.hpp"

namespace drydock::inline v1 {

#define DRYDOCK_TEXT_OF(x) #x
#define DRYDOCK_TEXT(x) DRYDOCK_TEXT_OF(x)

int version() noexcept {
  return DRYDOCK_VERSION;
}

const char* version_text() noexcept {
  return DRYDOCK_TEXT(DRYDOCK_VERSION_MAJOR) "." DRYDOCK_TEXT(
    DRYDOCK_VERSION_MINOR) "." DRYDOCK_TEXT(DRYDOCK_VERSION_PATCH);
}

} // namespace drydock::inline v1
