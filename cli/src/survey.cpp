// SPDX-License-Identifier: Apache-2.0
#include "survey.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace drydock::cli {

using namespace engine;

namespace {

/// Gathers the answers of one round at a time.
class answer_box : public protocol::probe_port {
public:
  void answered(std::vector<protocol::probe_answer> answers) override {
    const std::lock_guard guard(mutex_);
    for (auto& a : answers)
      if (a.generation == round_)
        answers_.push_back(a);
    changed_.notify_all();
  }

  void begin(std::uint32_t round) {
    const std::lock_guard guard(mutex_);
    round_ = round;
    answers_.clear();
  }

  std::vector<protocol::probe_answer> wait_for(std::size_t count, duration at_most) {
    std::unique_lock guard(mutex_);
    changed_.wait_for(guard, at_most, [&] { return answers_.size() >= count; });
    return answers_;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint32_t round_ = 0;
  std::vector<protocol::probe_answer> answers_;
};

/// A prober answers within its timeout; this is for one that does not.
constexpr duration slack = std::chrono::seconds(5);

} // namespace

std::vector<expected_health> survey_health(protocol::prober& prober,
                                           const health_source& source,
                                           std::size_t instances,
                                           std::size_t rounds_max) {
  std::vector<health_machine> machines(instances);
  std::vector<expected_health> result(instances);
  const auto box = std::make_shared<answer_box>();
  for (std::uint32_t round = 1; round <= rounds_max; ++round) {
    const auto began = std::chrono::steady_clock::now();
    const instant now{std::chrono::duration_cast<duration>(began.time_since_epoch())};
    std::vector<protocol::probe_request> requests;
    for (instance_index i = 0; i < instances; ++i)
      if (machines[i].committed() == health_state::initializing)
        requests.push_back({i, round});
    if (requests.empty())
      break;
    box->begin(round);
    std::vector<protocol::probe_answer> answers;
    prober.probe(requests, now, answers, box);
    const auto rest = requests.size() - answers.size();
    for (const auto& a : box->wait_for(rest, source.timeout + slack))
      answers.push_back(a);
    for (const auto& a : answers) {
      machines[a.instance].next(source, a.raw, now);
      result[a.instance].metrics = a.metrics;
    }
    box->begin(0);
    if (round < rounds_max && source.number_of_probes > 1) {
      const auto spent = std::chrono::steady_clock::now() - began;
      box->wait_for(1, std::max(duration{0}, source.interval - duration{spent}));
    }
  }
  for (instance_index i = 0; i < instances; ++i) {
    result[i].instance = i;
    result[i].health = machines[i].committed();
  }
  return result;
}

} // namespace drydock::cli
