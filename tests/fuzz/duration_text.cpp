// SPDX-License-Identifier: Apache-2.0
#include "drydock/config/duration_text.hpp"

#include "target.hpp"

using namespace drydock;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto x = config::parse_duration(fuzz::text_of(data, size));
  if (!x)
    return 0;
  fuzz::require(x->count() >= 0, "a length of time is not negative");
  const auto text = config::to_iso8601(*x);
  fuzz::require(config::parse_duration(text) == x, "what is printed is read as it was");
  return 0;
}
