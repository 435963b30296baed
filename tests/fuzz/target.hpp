// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

/// What libFuzzer calls, again and again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace drydock::fuzz {

[[nodiscard]] inline std::string_view text_of(const std::uint8_t* data,
                                              std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Stops the program when a promise is broken.
inline void require(bool holds, const char* what) {
  if (holds)
    return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

} // namespace drydock::fuzz
