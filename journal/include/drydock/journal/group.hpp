// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace drydock::inline v1::journal {

/// Appends a record to those that are written at once, after its length.
void append_to_group(std::string& group, std::string_view record);

/// Takes a group apart. The bytes must outlive it.
class group_reader {
public:
  explicit group_reader(std::string_view bytes) : rest_(bytes) {}

  /// The next record; false: there is none, or the group is damaged.
  [[nodiscard]] bool next(std::string_view& record);
  [[nodiscard]] bool damaged() const { return damaged_; }

private:
  std::string_view rest_;
  bool damaged_ = false;
};

} // namespace drydock::inline v1::journal
