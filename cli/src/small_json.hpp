// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json_output.hpp"

#include <optional>
#include <string>

/// Small files of JSON beside a fleet file, by which processes tell one another things.
namespace drydock::cli {

/// What the file holds; discarded: it cannot be read, or is no JSON.
[[nodiscard]] json read_json(const std::string& path);

/// Puts it there whole; says why it did not work out.
[[nodiscard]] std::optional<std::string> write_json(const std::string& path,
                                                    const json& x);

/// Takes the object that the file holds, if there is one; the file is gone then,
/// whatever it holds.
[[nodiscard]] std::optional<json> take_json(const std::string& path);

/// The text under the key; empty where there is none.
[[nodiscard]] std::string text_at(const json& x, const char* key);

/// Whether the key is there and true.
[[nodiscard]] bool flag_at(const json& x, const char* key);

} // namespace drydock::cli
