// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace drydock::cli {

/// What keeps `page` from being well-formed XML, with the text where it is; empty:
/// nothing. Looks at tags, attributes and entities, as far as a page needs them.
[[nodiscard]] std::string why_not_well_formed(std::string_view page);

} // namespace drydock::cli
