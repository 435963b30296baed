// SPDX-License-Identifier: Apache-2.0
#include "engine_core.hpp"

#include "engine_store.hpp"

#include <cstdio>
#include <random>
#include <utility>

namespace drydock::inline v1::detail {

namespace {

std::string to_uuid(std::uint64_t a, std::uint64_t b) {
  char text[40];
  std::snprintf(text, sizeof text, "%08x-%04x-%04x-%04x-%012llx",
                static_cast<unsigned>(a >> 32), static_cast<unsigned>(a >> 16 & 0xffff),
                static_cast<unsigned>((a & 0x0fff) | 0x8000),
                static_cast<unsigned>((b >> 48 & 0x3fff) | 0x8000),
                static_cast<unsigned long long>(b & 0xffffffffffffULL));
  return text;
}

} // namespace

engine_core::engine_core(engine_options options, whose_threads threads)
  : options_(std::move(options)), whose_(threads), log_(options_.log),
    answers_(std::make_shared<gate>(log_)) {
  if (options_.clock == clock_kind::virtual_time)
    answers_->close();
}

actors::runtime* engine_core::threads() {
  if (options_.clock == clock_kind::virtual_time || whose_ == whose_threads::others)
    return nullptr;
  const std::lock_guard guard(mutex_);
  if (!threads_)
    threads_ = std::make_unique<actors::runtime>(options_.threads);
  return threads_.get();
}

drivers::event_loop& engine_core::loop() {
  const std::lock_guard guard(mutex_);
  if (!loop_)
    loop_ = std::make_unique<drivers::event_loop>();
  return *loop_;
}

result<std::shared_ptr<store::upgrade_store>> engine_core::store() {
  const std::lock_guard guard(store_mutex_);
  if (store_)
    return store_;
  auto opened = open_store(options_.store);
  if (opened)
    store_ = *opened;
  return opened;
}

std::string engine_core::make_upgrade_id(std::uint64_t repetition) {
  if (options_.clock == clock_kind::virtual_time) {
    const std::lock_guard guard(mutex_);
    std::mt19937_64 mix{options_.seed ^ (upgrades_begun_ << 32)};
    mix.discard(2 * repetition);
    const auto a = mix();
    return to_uuid(a, mix());
  }
  std::random_device random;
  const auto draw = [&] { return std::uint64_t{random()} << 32 | random(); };
  const auto a = draw();
  return to_uuid(a, draw());
}

std::uint64_t engine_core::make_seed() {
  const std::lock_guard guard(mutex_);
  return options_.seed + upgrades_begun_++;
}

bool engine_core::keep(const std::shared_ptr<upgrade_state>& upgrade) {
  const std::lock_guard guard(mutex_);
  std::erase_if(upgrades_, [](const auto& u) { return u.expired(); });
  upgrades_.push_back(upgrade);
  return !stopped_;
}

void engine_core::stop() {
  std::vector<std::shared_ptr<upgrade_state>> upgrades;
  std::unique_ptr<actors::runtime> threads;
  {
    const std::lock_guard guard(mutex_);
    stopped_ = true;
    for (const auto& u : upgrades_)
      if (auto upgrade = u.lock())
        upgrades.push_back(std::move(upgrade));
    threads = std::move(threads_);
  }
  answers_->close();
  for (const auto& upgrade : upgrades)
    upgrade->abort();
  for (const auto& upgrade : upgrades)
    upgrade->close_queues();
  for (const auto& upgrade : upgrades)
    upgrade->join();
  threads = nullptr;
  for (const auto& upgrade : upgrades)
    upgrade->let_go();
}

} // namespace drydock::inline v1::detail
