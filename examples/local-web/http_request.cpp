// SPDX-License-Identifier: Apache-2.0
#include "http_request.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

namespace local_web {

namespace {

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x))
           == std::tolower(static_cast<unsigned char>(y));
  });
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool has_token(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    if (equal_ignoring_case(trim(list.substr(0, comma)), token))
      return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

bool read_request_line(std::string_view line, http_request& out) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == 0 || last == first)
    return false;
  const auto target = line.substr(first + 1, last - first - 1);
  const auto version = line.substr(last + 1);
  if (target.empty() || target.front() != '/' || target.find(' ') != target.npos)
    return false;
  if (version != "HTTP/1.1" && version != "HTTP/1.0")
    return false;
  out.method = line.substr(0, first);
  const auto mark = std::min(target.find('?'), target.size());
  out.path = target.substr(0, mark);
  out.query = target.substr(std::min(mark + 1, target.size()));
  out.keep_alive = version == "HTTP/1.1";
  return true;
}

struct header_facts {
  std::optional<std::size_t> content_length;
  bool transfer_encoding = false;
};

bool read_length(std::string_view text, header_facts& facts) {
  std::size_t length = 0;
  const auto [end, code] =
    std::from_chars(text.data(), text.data() + text.size(), length);
  if (code == std::errc::result_out_of_range)
    length = max_body_size + 1;
  else if (code != std::errc{} || end != text.data() + text.size())
    return false;
  // Two lengths that differ would let two readers see different requests.
  if (facts.content_length && *facts.content_length != length)
    return false;
  facts.content_length = length;
  return true;
}

bool read_header(std::string_view line, http_request& out, header_facts& facts) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0)
    return false;
  const auto name = line.substr(0, colon);
  if (name.find_first_of(" \t") != std::string_view::npos)
    return false;
  const auto value = trim(line.substr(colon + 1));
  if (equal_ignoring_case(name, "connection")) {
    if (has_token(value, "close"))
      out.keep_alive = false;
    else if (has_token(value, "keep-alive"))
      out.keep_alive = true;
  } else if (equal_ignoring_case(name, "content-length")) {
    return read_length(value, facts);
  } else if (equal_ignoring_case(name, "transfer-encoding")) {
    facts.transfer_encoding = true;
  }
  return true;
}

/// The next line of `input` from `at` on, without its end; `at` moves behind it.
std::optional<std::string_view> next_line(std::string_view input, std::size_t& at) {
  const auto end = input.find('\n', at);
  if (end == std::string_view::npos)
    return std::nullopt;
  auto line = input.substr(at, end - at);
  if (!line.empty() && line.back() == '\r')
    line.remove_suffix(1);
  at = end + 1;
  return line;
}

} // namespace

parse_result parse_request(std::string_view input) {
  const auto head = input.substr(0, max_head_size);
  const auto status_without_end = input.size() >= max_head_size
                                    ? parse_status::head_too_large
                                    : parse_status::incomplete;
  parse_result result;
  header_facts facts;
  std::size_t at = 0;
  bool has_request_line = false;
  for (;;) {
    const auto line = next_line(head, at);
    if (!line) {
      result.status = status_without_end;
      return result;
    }
    // Empty lines before a request are skipped, as RFC 9112 asks for.
    if (line->empty() && has_request_line)
      break;
    if (line->empty())
      continue;
    const bool good = has_request_line ? read_header(*line, result.request, facts)
                                       : read_request_line(*line, result.request);
    has_request_line = true;
    if (!good) {
      result.status = parse_status::malformed;
      return result;
    }
  }
  const auto length = facts.content_length.value_or(0);
  if (facts.transfer_encoding)
    result.status = parse_status::unsupported;
  else if (length > max_body_size)
    result.status = parse_status::body_too_large;
  else if (input.size() - at >= length)
    result.status = parse_status::complete;
  result.consumed = at + length;
  return result;
}

} // namespace local_web
