// SPDX-License-Identifier: Apache-2.0
#include "drydock/store/approval_request.hpp"

#include <doctest/doctest.h>

using namespace drydock;
using namespace drydock::store;

namespace {

request asked(const std::string& what) {
  return {what, "ann", 1};
}

} // namespace

TEST_CASE("an approval goes to another process and comes back as it was") {
  for (const auto& word :
       {protocol::approval{"ann", true, {}, 1},
        protocol::approval{"bob", false, "too slow: 3 of 12\nand more",
                           4'294'967'295}}) {
    const auto back = to_approval(to_request(word, 1));
    REQUIRE(back);
    CHECK(back->by == word.by);
    CHECK(back->approved == word.approved);
    CHECK(back->message == word.message);
    CHECK(back->question == word.question);
  }
}

TEST_CASE("other requests are no approvals, and none answers just any question") {
  for (const auto* what :
       {"", "cancel", "cancel_now", "approve", "approve:1", "approve::x", "approve:0:x",
        "approve:1x:", "approve:-1:", "approve:4294967296:", "allow:1:", ":1:"}) {
    CAPTURE(what);
    CHECK_FALSE(to_approval(asked(what)));
  }
  CHECK(to_approval(asked("approve:1:")));
  CHECK(to_approval(asked("reject:12:a:b"))->message == "a:b");
}
