// SPDX-License-Identifier: Apache-2.0
#include "event_reader.hpp"

#include "target.hpp"

#include <algorithm>

using namespace drydock;

/// What `explain` makes of an events file.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto rest = fuzz::text_of(data, size);
  cli::event_reader reader({"1", "2"});
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (const auto zone = cli::event_reader::zone_of(line))
      fuzz::require(!line.empty(), "an empty line has no zone");
    const auto wrong = reader.take(line);
    if (!wrong.empty())
      break;
  }
  const auto* account = reader.account();
  if (account == nullptr)
    return 0;
  const auto x = account->explain(engine::instant(reader.last()));
  fuzz::require((x.state == engine::course::finished) == x.end.has_value(),
                "what is over has an end");
  fuzz::require(x.end.has_value() || !x.obstacles.empty(),
                "what is not over waits for something");
  for (engine::instance_index i = 0; i < account->size(); ++i)
    if (account->knows(i))
      static_cast<void>(account->explain(i, x));
  return 0;
}
