// SPDX-License-Identifier: Apache-2.0
#include "drydock/journal/record.hpp"

#include "journal_bytes.hpp"
#include "target.hpp"

using namespace drydock;

namespace {

void check(std::string_view bytes) {
  const auto result = journal::read_header(bytes);
  if (const auto* bad = std::get_if<journal::bad_record>(&result)) {
    fuzz::require(!bad->text.empty(), "what is wrong is said");
    return;
  }
  // Columns may be put in many ways, of which one is written.
  const auto once = journal::write_header(std::get<journal::header>(result));
  const auto again = journal::read_header(once);
  fuzz::require(std::holds_alternative<journal::header>(again),
                "what is written is read");
  fuzz::require(journal::write_header(std::get<journal::header>(again)) == once,
                "equal headers have equal bytes");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = fuzz::text_of(data, size);
  check(bytes);
  check(fuzz::sealed(bytes));
  return 0;
}
