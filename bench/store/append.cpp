// SPDX-License-Identifier: Apache-2.0
// What one record costs to keep, and what an upgrade's records cost to read.
#include "drydock/store/store.hpp"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>

#include <unistd.h>

namespace drydock::bench {

namespace {

using store::durability;

/// A store in a folder of its own, and an upgrade in it; the folder is below TMPDIR.
class kept {
public:
  kept() {
    auto name =
      (std::filesystem::temp_directory_path() / "drydock-bench-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr)
      return;
    folder_ = name;
    auto opened = store::open_sqlite((folder_ / "s.db").string(), true);
    if (opened.index() != 0)
      return;
    in_ = std::move(std::get<0>(opened));
    const store::lease who{0, "bench", "here", getpid(), 1};
    const auto got = in_->acquire("web", who, 0, {});
    if (got.index() == 0)
      epoch_ = std::get<0>(got).epoch;
    begins();
  }
  kept(const kept&) = delete;
  kept& operator=(const kept&) = delete;
  ~kept() {
    in_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  /// The next upgrade; the one before it has ended.
  bool begins() {
    ++upgrades_;
    last_ = 0;
    return in_ && !in_->create({id(), "web", 1, 0, "", 0}, "header", epoch_);
  }
  bool ends() { return in_ && !in_->close(id(), "Completed", 2, epoch_); }
  bool append(const std::string& bytes, durability how) {
    return in_ && !in_->append(id(), ++last_, bytes, epoch_, how);
  }
  std::uint64_t read() {
    std::uint64_t size = 0;
    if (in_)
      (void)in_->read(id(), 1, [&](std::uint64_t, std::string_view bytes) {
        size += bytes.size();
        return true;
      });
    return size;
  }

private:
  [[nodiscard]] std::string id() const { return "u" + std::to_string(upgrades_); }

  std::filesystem::path folder_;
  std::unique_ptr<store::upgrade_store> in_;
  std::uint64_t epoch_ = 0;
  std::uint64_t upgrades_ = 0;
  std::uint64_t last_ = 0;
};

std::string record_of(const benchmark::State& state) {
  return std::string(static_cast<std::size_t>(state.range(0)), 'r');
}

void append(benchmark::State& state, durability how) {
  kept in;
  const auto record = record_of(state);
  for (auto _ : state)
    if (!in.append(record, how)) {
      state.SkipWithError("the record was not kept");
      return;
    }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

void append_process(benchmark::State& state) {
  append(state, durability::process);
}
BENCHMARK(append_process)->Arg(100)->Arg(1'000)->Arg(10'000)->Arg(100'000);

void append_power(benchmark::State& state) {
  append(state, durability::power);
}
BENCHMARK(append_power)->Arg(100)->Arg(10'000)->UseRealTime();

/// As an upgrade of a million instances does it: 2000 records of 10 KB, one in ten
/// against a loss of power, and the end.
void whole_upgrade(benchmark::State& state) {
  kept in;
  const auto record = record_of(state);
  for (auto _ : state) {
    bool good = true;
    for (int i = 1; i <= 2000; ++i)
      good = in.append(record, i % 10 == 0 ? durability::power : durability::process)
             && good;
    if (!good || !in.ends() || !in.begins()) {
      state.SkipWithError("the upgrade was not kept");
      return;
    }
  }
  state.SetItemsProcessed(state.iterations() * 2000);
}
BENCHMARK(whole_upgrade)->Arg(10'000)->Unit(benchmark::kMillisecond)->UseRealTime();

void read_back(benchmark::State& state) {
  constexpr std::int64_t count = 2000;
  kept in;
  const auto record = record_of(state);
  for (std::int64_t i = 0; i < count; ++i)
    in.append(record, durability::process);
  for (auto _ : state)
    if (in.read() != static_cast<std::uint64_t>(count * state.range(0))) {
      state.SkipWithError("not all was read");
      return;
    }
  state.SetItemsProcessed(state.iterations() * count);
}
BENCHMARK(read_back)->Arg(100)->Arg(10'000)->Unit(benchmark::kMillisecond);

} // namespace

} // namespace drydock::bench
