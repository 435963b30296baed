// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace local_web {

/// What the server reads of a request; other headers and the body are skipped.
struct http_request {
  std::string method;
  /// Without the query.
  std::string path;
  std::string query;
  bool keep_alive = true;
};

enum class parse_status {
  /// More bytes are needed.
  incomplete,
  complete,
  /// Not HTTP/1.0 or 1.1; the connection cannot go on.
  malformed,
  /// The head or the body is larger than this server takes.
  head_too_large,
  body_too_large,
  /// A transfer encoding, which this server does not read.
  unsupported,
};

struct parse_result {
  parse_status status = parse_status::incomplete;
  /// Bytes of the input that belong to the request.
  std::size_t consumed = 0;
  http_request request;
};

inline constexpr std::size_t max_head_size = std::size_t{8} * 1024;
inline constexpr std::size_t max_body_size = std::size_t{64} * 1024;

/// Reads one request from the front of `input`, which may hold less than one
/// or, when a client pipelines, several.
[[nodiscard]] parse_result parse_request(std::string_view input);

} // namespace local_web
