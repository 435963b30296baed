// SPDX-License-Identifier: Apache-2.0
#include "drydock/journal/group.hpp"
#include "drydock/journal/record.hpp"
#include "drydock/journal/text.hpp"

#include "journal_bytes.hpp"
#include "target.hpp"

using namespace drydock;

namespace {

void check(std::string_view bytes) {
  const auto result = journal::read_turn(bytes);
  if (const auto* bad = std::get_if<journal::bad_record>(&result)) {
    fuzz::require(!bad->text.empty(), "what is wrong is said");
    return;
  }
  const auto& x = std::get<journal::turn>(result);
  journal::turn_writer writer;
  writer.begin(x.at, x.wall_us, x.inputs);
  const auto again = writer.finish(x.effects);
  // Events are not stored; without them a record ends with a count of 0.
  const auto same = again.size() - 5;
  fuzz::require(again.substr(0, same) == bytes.substr(0, same),
                "equal turns have equal bytes");
  fuzz::require(bytes.size() <= same + 17, "there is nothing else in a record");
  const engine::fleet nobody;
  for (const auto& in : x.inputs)
    fuzz::require(journal::to_text(in, nobody).find('\n') == std::string::npos,
                  "an input is one line");
  for (const auto& c : x.effects)
    fuzz::require(journal::to_text(c, nobody).find('\n') == std::string::npos,
                  "a command is one line");
}

/// The bytes of a store's row: turns, each after its length.
void check_group(std::string_view bytes) {
  journal::group_reader group(bytes);
  std::string again;
  std::string_view record;
  while (group.next(record))
    journal::append_to_group(again, record);
  // Lengths may be written longer than they need be.
  fuzz::require(group.damaged() || again.size() <= bytes.size(),
                "a group is made of its records");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = fuzz::text_of(data, size);
  check_group(bytes);
  check(bytes);
  check(fuzz::sealed(bytes));
  return 0;
}
