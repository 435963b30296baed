// SPDX-License-Identifier: Apache-2.0
#include "application.hpp"

#include <charconv>
#include <string_view>
#include <utility>

namespace local_web {

namespace {

constexpr long max_work_milliseconds = 10'000;

/// The metrics are a JSON text inside a JSON string, as Azure's are.
std::string metrics_text(const application_options& options) {
  std::string text = R"({\"rollingUpgrade\":{)";
  if (options.phase)
    text += R"(\"PhaseOrderingNumber\":)" + std::to_string(*options.phase) + ",";
  text +=
    options.skip_upgrade ? R"(\"SkipUpgrade\":true}})" : R"(\"SkipUpgrade\":false}})";
  return text;
}

/// `ms=N` of a query, within bounds; nothing when there is none.
std::optional<std::chrono::milliseconds> work_time(std::string_view query) {
  constexpr std::string_view key = "ms=";
  if (!query.starts_with(key))
    return std::nullopt;
  query.remove_prefix(key.size());
  long value = -1;
  const auto [end, code] =
    std::from_chars(query.data(), query.data() + query.size(), value);
  if (code != std::errc{} || end != query.data() + query.size() || value < 0
      || value > max_work_milliseconds)
    return std::nullopt;
  return std::chrono::milliseconds(value);
}

http_response text(int status, std::string body) {
  http_response result;
  result.status = status;
  result.body = std::move(body);
  return result;
}

} // namespace

application::application(application_options options, clock::time_point started)
  : options_(std::move(options)), started_(started) {}

http_response application::answer(const http_request& request, std::size_t running,
                                  clock::time_point now) {
  const bool reads = request.method == "GET" || request.method == "HEAD";
  const bool posts = request.method == "POST";
  const auto& path = request.path;
  auto refused = text(405, "this path does not take that method\n");
  if (path == "/")
    return reads ? work(now, {}) : refused;
  if (path == "/slow") {
    const auto delay = work_time(request.query);
    if (!delay)
      return text(400, "ask for /slow?ms=N with N from 0 to 10000\n");
    return reads ? work(now, *delay) : refused;
  }
  if (path == "/version")
    return reads ? text(200, options_.version + "\n") : refused;
  if (path == "/health")
    return reads ? health(now) : refused;
  if (path == "/undrain") {
    draining_ = draining_ && !posts;
    return posts ? text(200, "serving\n") : refused;
  }
  if (path != "/drain")
    return text(404, "there is nothing here\n");
  if (!reads && !posts)
    return refused;
  draining_ = draining_ || posts;
  if (!draining_)
    return text(200, "serving\n");
  return text(200, running == 0 ? "drained\n" : "draining\n");
}

bool application::booting(clock::time_point now) const {
  return now - started_ < options_.boot;
}

http_response application::health(clock::time_point now) const {
  if (booting(now))
    return text(503, "booting\n");
  http_response result;
  result.content_type = "application/json";
  result.body = R"({"ApplicationHealthState":")";
  result.body += options_.broken ? "Unhealthy\"" : "Healthy\"";
  if (options_.phase || options_.skip_upgrade)
    result.body += R"(,"CustomMetrics":")" + metrics_text(options_) + "\"";
  result.body += "}\n";
  return result;
}

http_response application::work(clock::time_point now,
                                std::chrono::milliseconds delay) const {
  if (booting(now))
    return text(503, "booting\n");
  if (draining_) {
    auto result = text(503, "draining\n");
    result.close = true;
    return result;
  }
  auto result = text(200, options_.version + "\n");
  result.delay = delay;
  return result;
}

} // namespace local_web
