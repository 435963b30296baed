// SPDX-License-Identifier: Apache-2.0
#include "drydock/config/fleet_file.hpp"
#include "drydock/config/duration_text.hpp"

#include "target.hpp"

#include <algorithm>

using namespace drydock;

namespace {

/// A set of a hundred thousand instances and more is legal, and takes as long as it
/// must.
bool is_large(std::string_view text) {
  constexpr std::string_view key = "count";
  for (auto at = text.find(key); at != text.npos; at = text.find(key, at + 1)) {
    const auto line = text.substr(at, text.find('\n', at) - at);
    const auto digits = std::count_if(line.begin(), line.end(),
                                      [](char c) { return c >= '0' && c <= '9'; });
    if (digits > 4 || line.find("0x") != line.npos)
      return true;
  }
  return false;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  if (is_large(text))
    return 0;
  // What an inventory command says stands in a comment: JSON, mostly not.
  const auto runner = [&](const auto& /*argv*/, const auto& /*directory*/) {
    constexpr std::string_view mark = "\n#inventory ";
    const auto at = text.find(mark);
    if (at == text.npos)
      return config::inventory_output{false, "there is none"};
    const auto rest = text.substr(at + mark.size());
    return config::inventory_output{true, std::string(rest.substr(0, rest.find('\n')))};
  };
  const auto result = config::parse(text, "fleet.toml", runner);
  if (const auto* problems = std::get_if<std::vector<config::diagnostic>>(&result)) {
    fuzz::require(!problems->empty(), "a file that is refused has a problem");
    for (const auto& p : *problems)
      fuzz::require(!config::to_string(p).empty() && !p.text.empty(),
                    "a problem says what it is");
    return 0;
  }
  const auto& file = std::get<config::fleet_file>(result);
  fuzz::require(file.instances.size() > 0, "a fleet that may start has instances");
  const auto problems = engine::validate_policy(file.request.policy.rolling,
                                                engine::compatibility::extended);
  fuzz::require(problems.empty(), "a policy that was read is in its ranges");
  const auto& rolling = file.request.policy.rolling;
  for (const auto length :
       {rolling.pause_time_between_batches, rolling.min_ready, rolling.health_timeout,
        rolling.progress_deadline, rolling.approval_timeout})
    fuzz::require(length <= config::longest_length, "a length fits the clocks");
  return 0;
}
