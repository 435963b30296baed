// SPDX-License-Identifier: Apache-2.0
#include "drydock/store/approval_request.hpp"

#include <charconv>
#include <string>
#include <system_error>

namespace drydock::inline v1::store {

request to_request(const protocol::approval& word, std::int64_t asked_us) {
  return {(word.approved ? "approve:" : "reject:") + std::to_string(word.question) + ':'
            + word.message,
          word.by, asked_us};
}

std::optional<protocol::approval> to_approval(const request& x) {
  const auto first = x.what.find(':');
  const auto second = first == std::string::npos ? first : x.what.find(':', first + 1);
  if (second == std::string::npos)
    return std::nullopt;
  const auto verb = x.what.substr(0, first);
  std::uint32_t question = 0;
  const auto* end = x.what.data() + second;
  const auto read = std::from_chars(x.what.data() + first + 1, end, question);
  if ((verb != "approve" && verb != "reject") || read.ec != std::errc()
      || read.ptr != end || question == 0)
    return std::nullopt;
  return protocol::approval{x.by, verb == "approve", x.what.substr(second + 1),
                            question};
}

} // namespace drydock::inline v1::store
