// SPDX-License-Identifier: Apache-2.0
#include <drydock/version.hpp>

#include <cstdio>

int main() {
  std::puts(drydock::version_text());
  return drydock::version() == DRYDOCK_VERSION ? 0 : 1;
}
