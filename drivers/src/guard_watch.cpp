// SPDX-License-Identifier: Apache-2.0
#include "guard_watch.hpp"

#include "command_text.hpp"
#include "prometheus_answer.hpp"

#include <algorithm>
#include <utility>

namespace drydock::drivers {

namespace {

/// A query for a guard has a few samples; what is larger is not read.
constexpr std::size_t body_bytes_max = 1024 * 1024;

std::string describe_failure(const process_result& result, engine::duration timeout) {
  auto line = last_line(result);
  if (!line.empty() && result.how == process_result::ending::exited)
    return line;
  constexpr std::string_view what = "command";
  return describe(what, result, timeout).substr(what.size() + 2);
}

} // namespace

guard_watch::guard_watch(uv_loop_t* loop, process_pool& pool,
                         std::vector<engine::guard_spec> guards, prepare how)
  : pool_(pool), prepare_(std::move(how)),
    curl_(loop, std::max<std::size_t>(guards.size(), 1),
          [this](CURL* easy, CURLcode code) { on_end(easy, code); }) {
  for (auto& x : guards)
    guards_.push_back(std::make_unique<guard>(loop, std::move(x)));
}

guard_watch::~guard_watch() {
  for (auto& x : guards_) {
    if (x->under_way)
      curl_.remove(x->easy);
    curl_easy_cleanup(x->easy);
  }
}

void guard_watch::start(std::shared_ptr<protocol::attendant_port> port) {
  port_ = std::move(port);
  for (std::uint32_t g = 0; g < guards_.size(); ++g)
    look(g);
}

void guard_watch::look(std::uint32_t g) {
  guards_[g]->begun = std::chrono::steady_clock::now();
  if (guards_[g]->spec.command.empty())
    ask_prometheus(g);
  else
    run_command(g);
}

void guard_watch::run_command(std::uint32_t g) {
  pool_.add({[this, g] { return prepare_(guards_[g]->spec); },
             [this, g](const process_result& result) {
               const auto good =
                 result.how == process_result::ending::exited && result.status == 0;
               judge(g, good ? std::string()
                             : describe_failure(result, guards_[g]->spec.timeout));
             }});
}

std::size_t guard_watch::on_body(char* data, std::size_t, std::size_t size,
                                 void* self) {
  auto& x = *static_cast<guard*>(self);
  if (x.body.size() + size > body_bytes_max)
    return 0; // ends the transfer
  x.body.append(data, size);
  return size;
}

void guard_watch::make_transfer(guard& x) {
  x.easy = curl_easy_init();
  curl_.adopt(x.easy);
  auto base = x.spec.prometheus;
  while (base.ends_with('/'))
    base.pop_back();
  char* query = curl_easy_escape(x.easy, x.spec.query.data(),
                                 static_cast<int>(x.spec.query.size()));
  const auto url = base + "/api/v1/query?query=" + (query == nullptr ? "" : query);
  curl_free(query);
  const auto timeout =
    std::chrono::ceil<std::chrono::milliseconds>(x.spec.timeout).count();
  curl_easy_setopt(x.easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(x.easy, CURLOPT_PRIVATE, &x);
  curl_easy_setopt(x.easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(x.easy, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(x.easy, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(x.easy, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout));
  curl_easy_setopt(x.easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(x.easy, CURLOPT_USERAGENT, "drydock");
  curl_easy_setopt(x.easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(x.easy, CURLOPT_WRITEFUNCTION, &guard_watch::on_body);
  curl_easy_setopt(x.easy, CURLOPT_WRITEDATA, &x);
}

void guard_watch::ask_prometheus(std::uint32_t g) {
  auto& x = *guards_[g];
  if (x.easy == nullptr)
    make_transfer(x);
  x.body.clear();
  x.under_way = curl_.add(x.easy);
  if (!x.under_way)
    judge(g, "the query could not be sent");
}

void guard_watch::on_end(CURL* easy, CURLcode code) {
  const auto at = std::find_if(guards_.begin(), guards_.end(),
                               [easy](const auto& x) { return x->easy == easy; });
  auto& x = **at;
  x.under_way = false;
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  judge(static_cast<std::uint32_t>(at - guards_.begin()),
        code == CURLE_OK
          ? judge_prometheus(status, x.body)
          : "Prometheus does not answer: " + std::string(curl_easy_strerror(code)));
}

void guard_watch::judge(std::uint32_t g, std::string problem) {
  auto& x = *guards_[g];
  const auto now = x.machine.next(problem.empty());
  if (now != std::exchange(x.told, now))
    port_->guard_stands(g, now, std::move(problem));
  const engine::duration spent = std::chrono::steady_clock::now() - x.begun;
  x.timer.start(std::max(engine::duration{0}, x.spec.interval - spent),
                [this, g] { look(g); });
}

} // namespace drydock::drivers
